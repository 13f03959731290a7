// A front end of the operator's own: signs people in through the JSON API, shows who they are, and gets
// the next access token before the last one is over. The token is kept in memory and nowhere else.
"use strict";

const at = (id) => document.getElementById(id);
const steps = ["step-password", "step-consent", "step-elsewhere", "person"];
let csrf = null; // Goes with every call that changes something.
let flow = null; // The sign-in under way.
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

function show(step) {
  for (const id of steps) at(id).hidden = id !== step;
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
  return `That did not work (${code ?? "no answer"}).`;
}

/** Runs a step, and says what went wrong with it. */
async function attempt(step) {
  at("problem").textContent = "";
  try {
    await step();
  } catch (error) {
    at("problem").textContent = told(error);
    if (error.code === "FLOW_ENDED" || error.code === "FLOW_NOT_FOUND") begin();
  }
}

function begin() {
  flow = null;
  token = null;
  clearTimeout(timer);
  show("step-password");
}

/** Goes where the API says. It decides what comes next, never this page. */
async function follow(data) {
  flow = data.flow ?? null;
  switch (data.next) {
    case "done":
      take(data.session);
      return person();
    case "password":
    case "denied":
      return begin();
    case "consent":
      at("scopes").textContent = data.scopes.join(", ");
      return show("step-consent");
    default:
      at("next").textContent = data.next;
      return show("step-elsewhere");
  }
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

at("step-password").addEventListener("submit", (event) => {
  event.preventDefault();
  const password = at("password").value;
  at("password").value = "";
  attempt(async () => follow(await call("POST", "/api/auth/login", {
    identifier: at("identifier").value,
    password,
    rememberMe: at("remember").checked,
    ...(flow && { flow }),
  })));
});

at("step-consent").addEventListener("submit", (event) => {
  event.preventDefault();
  const allow = event.submitter.value === "allow";
  attempt(async () => follow(await call("POST", "/api/auth/consent", { flow, allow })));
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
