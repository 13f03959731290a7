// A provider made with oidc-provider, which OpenID has certified, for people to sign in with. Its pages are
// the library's own, which take any name and password. It tells its issuer in a line, and ends when its
// input does.
//
// In its environment: REDIRECT_URI, CLIENT_ID, CLIENT_AUTH, CLIENT_SECRET or CLIENT_JWKS, and SIGNING_ALG.

import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const { CLIENT_ID, CLIENT_AUTH, CLIENT_SECRET, CLIENT_JWKS, REDIRECT_URI, SIGNING_ALG } = process.env

function signingKey(alg) {
  const pair = {
    ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: () => generateKeyPairSync('ed25519'),
    RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }[alg]()
  return { ...pair.privateKey.export({ format: 'jwk' }), kid: `the-${alg}-key`, alg, use: 'sig' }
}

// Its advice to beginners is not for here.
console.info = console.log = console.warn = () => {}

const server = createServer()
await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
const issuer = `http://127.0.0.1:${server.address().port}`

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      jwks: CLIENT_JWKS && JSON.parse(CLIENT_JWKS),
      token_endpoint_auth_method: CLIENT_AUTH,
      id_token_signed_response_alg: SIGNING_ALG,
      redirect_uris: [REDIRECT_URI],
    },
  ],
  // Some key of the other kind is there as well, as at most providers.
  jwks: { keys: [...new Set(['RS256', SIGNING_ALG])].map(signingKey) },
  cookies: { keys: ['for this test only'] },
  pkce: { methods: ['S256'], required: () => true },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  // Whoever comes is known.
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `${id} elsewhere`,
      email: `${id}@foreign.example`,
      email_verified: true,
    }),
  }),
})
for (const event of ['grant.error', 'authorization.error', 'userinfo.error', 'server_error']) {
  provider.on(event, (_, error) => {
    // A person who cancels is no fault.
    if (error.error !== 'access_denied') console.error(event, error)
  })
}
server.on('request', provider.callback())
process.stdout.write(`${issuer}\n`)
process.stdin.on('end', () => process.exit(0)).resume()
