// How a test talks to a relying party: one JSON object a line, in and out.
//
// Every request names its act in `do`. The answer is what the act returns, or
// `{ failed: { code, message } }` with the OAuth error code or the library's own.

import { createInterface } from 'node:readline'
import { webcrypto } from 'node:crypto'

// Node.js 18 has it, but not by this name.
globalThis.crypto ??= webcrypto

export const settings = {
  issuer: process.env.ISSUER,
  clientId: process.env.CLIENT_ID,
  clientSecret: process.env.CLIENT_SECRET,
  redirectUri: process.env.REDIRECT_URI,
  // Empty for what the library does by itself.
  clientAuth: process.env.CLIENT_AUTH,
}

// The request that the person's browser makes when it comes back.
export function asRequest({ url, form }) {
  return form === undefined
    ? new URL(url)
    : new Request(url, { method: 'POST', body: new URLSearchParams(form) })
}

// Serves until the test closes the input.
export async function serve(acts) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    let answer
    try {
      answer = (await acts[request.do](request)) ?? {}
    } catch (error) {
      answer = { failed: { code: codeOf(error), message: describe(error) } }
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`)
  }
}

// RFC 6749 §4.1.2.1 and §5.2 name theirs `error`, the libraries theirs `code`.
function codeOf(error) {
  return error.error ?? error.cause?.error ?? error.code ?? error.name
}

function describe(error) {
  const cause = error.cause instanceof Error ? `: ${describe(error.cause)}` : ''
  return `${error.message}${cause}`
}
