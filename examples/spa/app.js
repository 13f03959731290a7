// A front end of the operator's own: signs people in through the JSON API, shows who they are, and gets
// the next access token before the last one is over. The token is kept in memory and nowhere else.
"use strict";

const at = (id) => document.getElementById(id);
const steps = [
  "step-password", "step-code", "step-passkey", "step-register", "step-forgot", "step-reset",
  "step-consent", "step-elsewhere", "person",
];
// Steps that take a code: what it is called, and where it goes.
const codes = {
  "totp": { label: "Code of your app", path: "/api/auth/totp", trusts: true },
  "recovery-code": { label: "Recovery code", path: "/api/auth/recovery-code", trusts: true },
  "mailed-code": { label: "Code from the mail", path: "/api/auth/verify-otp" },
  "verify-email": { label: "Code from the mail", path: "/api/auth/verify-email" },
};
// What the other ways to prove a second factor are called.
const names = {
  "totp": "a code of an app", "recovery-code": "a recovery code", "passkey": "a passkey",
  "mailed-code": "a code by mail", "password": "the password",
};
let csrf = null; // Goes with every call that changes something.
let flow = null; // The sign-in under way.
let step = null; // What it waits for.
let isSecond = false; // Whether that is a second factor.
let token = null; // The access token.
let timer = null;
let refreshes = 0;

/** What the API answers; throws its error. */
async function call(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body) headers["Content-Type"] = "application/json";
  if (token && path.startsWith("/api/account/")) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(window.ISSUER + path, {
    method, headers, credentials: "include", body: body && JSON.stringify(body),
  });
  const { success, data, error } = await answer.json();
  if (!success) throw error;
  return data;
}

function show(id) {
  for (const other of steps) at(other).hidden = other !== id;
  at("others").hidden = true;
}

/** A member for the call, where there is one. */
function flowed(body) {
  return flow ? { ...body, flow } : body;
}

/** What went wrong, in words for people: the codes never change, their messages may. */
function told({ code, details }) {
  if (code === "INVALID_CREDENTIALS") {
    const left = details.maxAttempts - details.attemptCount;
    return `The name or the password is wrong. ${left} tries are left.`;
  }
  if (code === "TOO_MANY_ATTEMPTS") {
    return `Too many attempts. Try again at ${new Date(details.lockoutTime).toLocaleTimeString()}.`;
  }
  if (code === "INVALID_CODE") return "The code is wrong, used or too old.";
  if (code === "INVALID_LINK") return "The link is used or too old.";
  if (code === "VALIDATION_FAILED") {
    return Object.entries(details.fields).map(([member, rule]) => `${member}: ${rule}.`).join(" ");
  }
  return `That did not work (${code ?? "no answer"}).`;
}

/** Runs a step, and says what went wrong with it. */
async function attempt(act) {
  at("problem").textContent = "";
  try {
    await act();
  } catch (error) {
    at("problem").textContent = told(error);
    if (error.code === "FLOW_ENDED" || error.code === "FLOW_NOT_FOUND") begin();
  }
}

function begin() {
  flow = null;
  step = null;
  isSecond = false;
  token = null;
  clearTimeout(timer);
  show("step-password");
}

/** Goes where the API says. It decides what comes next, never this page. */
function follow(data) {
  flow = data.flow ?? null;
  // Where one may still begin with a password, nothing was proved yet.
  isSecond = Boolean(data.ways) && !data.ways.includes("password");
  switch (data.next) {
    case "done":
      take(data.session);
      return person();
    case "denied":
      return begin();
    case "provider":
      // It takes the address that was typed, or the second factor, and brings the browser back.
      return location.assign(data.providers[0].url);
    case "consent":
      at("scopes").textContent = data.scopes.join(", ");
      return show("step-consent");
    default:
      return go(data.next, isSecond ? data.ways : []);
  }
}

/** Shows the form of a step, and the other ways. */
function go(next, ways) {
  step = next;
  if (codes[next]) {
    at("code-label").textContent = codes[next].label;
    at("trust-label").hidden = !codes[next].trusts;
    at("code").value = "";
    show("step-code");
  } else if (next === "password" || next === "register" || next === "passkey") {
    show(`step-${next}`);
  } else {
    at("next").textContent = next;
    // The pages have a form for every step, and lead back here.
    const page = next === "make-passkey" ? "/register/passkey" : "/oauth2/authorize/continue";
    at("go-on").href = `${window.ISSUER}${page}?flow=${flow}`;
    at("go-on").hidden = !flow;
    return show("step-elsewhere");
  }
  const others = ways.filter((way) => way !== next && names[way]);
  at("ways").replaceChildren(...others.map((way) => {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `way-${way}`;
    button.textContent = names[way];
    button.addEventListener("click", () => attempt(() => other(way, ways)));
    return button;
  }));
  at("others").hidden = others.length === 0;
}

/** Takes another way. A code by mail is to be sent first. */
async function other(way, ways) {
  if (way === "mailed-code") {
    await call("POST", "/api/auth/send-otp", { flow, purpose: "second-factor" });
  }
  go(way, ways);
}

/** Asks for a passkey: to sign in with, or after another factor. */
async function passkey() {
  const rememberMe = at("remember").checked;
  const asked = await call("POST", "/api/auth/passkey/options", flowed({ rememberMe }));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.publicKey);
  const credential = (await navigator.credentials.get({ publicKey })).toJSON();
  const { flow: asking, ceremony } = asked;
  await follow(await call("POST", "/api/auth/passkey/verify", {
    flow: asking, ceremony, credential, rememberMe,
  }));
}

/** Keeps an access token, and has the next one ready a little before it is over. */
function take(session) {
  token = session.accessToken;
  at("until").textContent = new Date(Date.now() + session.expiresIn * 1000).toLocaleTimeString();
  clearTimeout(timer);
  timer = setTimeout(() => attempt(refresh), Math.max(session.expiresIn - 30, 1) * 1000);
}

async function refresh() {
  try {
    take((await call("POST", "/api/auth/refresh")).session);
    at("refreshes").textContent = ++refreshes;
  } catch (error) {
    if (error.code !== "REFRESH_REFUSED") throw error;
    begin();
  }
}

async function person() {
  const me = await call("GET", "/api/account/me");
  at("email").textContent = me.email ?? me.username ?? me.sub;
  show("person");
}

/** What is typed in a field that keeps nothing. */
function taken(id) {
  const value = at(id).value;
  at(id).value = "";
  return value;
}

/** Does a step when its form is sent. */
function on(form, act) {
  at(form).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => act(event));
  });
}

on("step-password", async () => follow(await call("POST", "/api/auth/login", flowed({
  identifier: at("identifier").value,
  password: taken("password"),
  rememberMe: at("remember").checked,
}))));

on("step-code", async () => {
  const body = { flow, code: taken("code") };
  if (codes[step].trusts) body.trustBrowser = at("trust").checked;
  if (step === "mailed-code") {
    body.purpose = isSecond ? "second-factor" : "sign-in";
    body.rememberMe = at("remember").checked;
  }
  await follow(await call("POST", codes[step].path, body));
});

on("step-register", async () => follow(await call("POST", "/api/auth/register", flowed({
  name: at("new-name").value,
  email: at("new-email").value,
  password: taken("new-password"),
  rememberMe: at("remember").checked,
}))));

on("step-forgot", async () => {
  await call("POST", "/api/auth/forgot-password", { identifier: at("forgotten").value });
  show("step-reset");
});

on("step-reset", async () => {
  // The link leads to a page that does the same; its secret stands behind `token=`.
  const link = taken("link").trim();
  const secret = link.includes("token=") ? link.split("token=")[1] : link;
  await call("POST", "/api/auth/reset-password", { token: secret, password: taken("changed") });
  begin();
});

at("use-passkey").addEventListener("click", () => attempt(passkey));
at("give-passkey").addEventListener("click", () => attempt(passkey));
at("forgot").addEventListener("click", () => show("step-forgot"));
at("create").addEventListener("click", () => show("step-register"));
at("mail-code").addEventListener("click", () => attempt(async () => {
  const body = { email: at("identifier").value, rememberMe: at("remember").checked };
  await follow(await call("POST", "/api/auth/send-otp", flowed(body)));
}));
at("use-passkey").hidden = !window.PublicKeyCredential?.parseRequestOptionsFromJSON;

on("step-consent", async (event) => {
  const allow = event.submitter.value === "allow";
  await follow(await call("POST", "/api/auth/consent", { flow, allow }));
});

at("refresh").addEventListener("click", () => attempt(refresh));

at("sign-out").addEventListener("click", () => attempt(async () => {
  await call("POST", "/api/auth/logout");
  begin();
}));

// Who comes back is signed in still: by the refresh cookie, which no script sees.
attempt(async () => {
  const session = await call("GET", "/api/auth/session");
  csrf = session.csrfToken;
  if (!session.signedIn) return begin();
  await refresh();
  if (token) await person();
});
