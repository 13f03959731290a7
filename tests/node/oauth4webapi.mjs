// A relying party made with oauth4webapi. `allowInsecureRequests` is for the http issuer of the
// tests and goes away with it; everything else is as its users write it.

import * as oauth from 'oauth4webapi'
import { asRequest, serve, settings } from './lines.mjs'

const { clientId, clientSecret, redirectUri } = settings
const issuer = new URL(settings.issuer)
const options = { [oauth.allowInsecureRequests]: true }
const proof = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  none: oauth.None,
}
// The library leaves the choice to its user; its examples send the secret in the body.
const clientAuth = proof[settings.clientAuth ?? (clientSecret ? 'client_secret_post' : 'none')](
  clientSecret,
)

// docs: begin
const client = { client_id: clientId }
const as = await oauth
  .discoveryRequest(issuer, options)
  .then((response) => oauth.processDiscoveryResponse(issuer, response))

async function signIn(scope, more) {
  const attempt = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  }
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    ...more,
  })
  return { url, attempt } // keep the attempt in the browser's session
}

async function callback(currentUrl, attempt) {
  const params = oauth.validateAuthResponse(as, client, currentUrl, attempt.state)
  const answer = await oauth.authorizationCodeGrantRequest(
    as, client, clientAuth, params, redirectUri, attempt.verifier, options,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
    expectedNonce: attempt.nonce,
    requireIdToken: true,
  })
  // The answer came straight from the token endpoint; its signature is checked all the same.
  await oauth.validateApplicationLevelSignature(as, answer, options)
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  const response = await oauth.userInfoRequest(as, client, tokens.access_token, options)
  const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, response)
  return { tokens, claims, userinfo }
}
// docs: end

const attempts = []
let held

await serve({
  async authorize({ scope, response_mode }) {
    const { url, attempt } = await signIn(scope, response_mode ? { response_mode } : {})
    attempts.push(attempt)
    return { url }
  },
  async callback({ attempt = attempts.length - 1, ...answer }) {
    const request = asRequest(answer)
    const currentUrl =
      request instanceof URL ? request : new URLSearchParams(await oauth.formPostResponse(request))
    const result = await callback(currentUrl, attempts[attempt])
    held = result.tokens
    return result
  },
  async refresh() {
    const answer = await oauth.refreshTokenGrantRequest(
      as, client, clientAuth, held.refresh_token, options,
    )
    held = { ...held, ...(await oauth.processRefreshTokenResponse(as, client, answer)) }
    return { tokens: held }
  },
  async introspect() {
    const answer = await oauth.introspectionRequest(
      as, client, clientAuth, held.access_token, options,
    )
    return oauth.processIntrospectionResponse(as, client, answer)
  },
  async revoke() {
    const answer = await oauth.revocationRequest(
      as, client, clientAuth, held.refresh_token, options,
    )
    await oauth.processRevocationResponse(answer)
  },
  async client_credentials({ scope }) {
    const answer = await oauth.clientCredentialsGrantRequest(
      as, client, clientAuth, new URLSearchParams({ scope }), options,
    )
    return { tokens: await oauth.processClientCredentialsResponse(as, client, answer) }
  },
  logout({ to, state }) {
    const url = new URL(as.end_session_endpoint)
    url.search = new URLSearchParams({
      id_token_hint: held.id_token,
      post_logout_redirect_uri: to,
      state,
    })
    return { url }
  },
})
