// A relying party made with openid-client. `allowInsecureRequests` is for the http issuer of the
// tests and goes away with it; everything else is as its users write it.

import * as oidc from 'openid-client'
import { asRequest, serve, settings } from './lines.mjs'

const { issuer, clientId, clientSecret, redirectUri } = settings
const clientAuth = {
  client_secret_basic: oidc.ClientSecretBasic(clientSecret),
  client_secret_post: oidc.ClientSecretPost(clientSecret),
}[settings.clientAuth]
const options = { execute: [oidc.allowInsecureRequests] }

// docs: begin
const config = await oidc.discovery(new URL(issuer), clientId, clientSecret, clientAuth, options)

async function signIn(scope, more) {
  const attempt = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: attempt.expectedState,
    nonce: attempt.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(attempt.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  })
  return { url, attempt } // keep the attempt in the browser's session
}

async function callback(currentUrl, attempt) {
  const tokens = await oidc.authorizationCodeGrant(config, currentUrl, attempt)
  const { sub } = tokens.claims()
  const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, sub)
  return { tokens, userinfo }
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
    const { tokens, userinfo } = await callback(asRequest(answer), attempts[attempt])
    held = tokens
    return { tokens, claims: tokens.claims(), userinfo }
  },
  async refresh() {
    held = { ...held, ...(await oidc.refreshTokenGrant(config, held.refresh_token)) }
    return { tokens: held }
  },
  introspect: () => oidc.tokenIntrospection(config, held.access_token),
  revoke: () => oidc.tokenRevocation(config, held.refresh_token),
  client_credentials: async ({ scope }) => ({
    tokens: await oidc.clientCredentialsGrant(config, { scope }),
  }),
  logout: ({ to, state }) => ({
    url: oidc.buildEndSessionUrl(config, {
      id_token_hint: held.id_token,
      post_logout_redirect_uri: to,
      state,
    }),
  }),
})
