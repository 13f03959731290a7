// Passkeys (WebAuthn). A page without this script offers the other ways.
(function () {
  "use strict";

  // An account without a password, where its passkey can be made.
  var instead = document.getElementById("without-password");
  if (instead && window.PublicKeyCredential && navigator.credentials) {
    instead.hidden = false;
  }

  var form = document.getElementById("passkey-form");
  if (!form || !window.PublicKeyCredential || !navigator.credentials) {
    return;
  }
  var button = form.querySelector("button");
  var problem = document.getElementById("passkey-problem");
  var makes = "make" in form.dataset;
  // The request that waits in the login field, and how often it was renewed.
  var waiting = null;
  var renewed = 0;

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) {
      return letter.charCodeAt(0);
    });
  }

  function text(buffer) {
    var plain = Array.from(new Uint8Array(buffer), function (byte) {
      return String.fromCharCode(byte);
    }).join("");
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function named(list) {
    return (list || []).map(function (it) {
      return Object.assign({}, it, { id: bytes(it.id) });
    });
  }

  // Asks the server for a challenge.
  function ask() {
    var body = new URLSearchParams({ csrf: form.elements.csrf.value });
    return fetch(form.dataset.options, { method: "POST", body: body }).then(function (answer) {
      if (!answer.ok) {
        throw Object.assign(new Error("refused"), { status: answer.status });
      }
      return answer.json();
    }).then(function (question) {
      var options = question.publicKey;
      options.challenge = bytes(options.challenge);
      if (makes) {
        options.user.id = bytes(options.user.id);
        options.excludeCredentials = named(options.excludeCredentials);
      } else {
        options.allowCredentials = named(options.allowCredentials);
      }
      return question;
    });
  }

  // Sends what the authenticator answered, as a form like any other.
  function send(ceremony, credential) {
    var from = credential.response;
    var response = { clientDataJSON: text(from.clientDataJSON) };
    if (makes) {
      response.attestationObject = text(from.attestationObject);
    } else {
      response.authenticatorData = text(from.authenticatorData);
      response.signature = text(from.signature);
      response.userHandle = from.userHandle ? text(from.userHandle) : null;
    }
    form.elements.ceremony.value = ceremony;
    form.elements.credential.value = JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: response
    });
    var remember = document.getElementById("remember");
    if (form.elements.remember) {
      form.elements.remember.value = remember && remember.checked ? "on" : "";
    }
    form.requestSubmit();
  }

  function fail(error) {
    button.disabled = false;
    // Whoever is to sign in once more is led there by the page itself.
    if (makes && error && error.status) {
      location.reload();
      return;
    }
    problem.hidden = false;
    offer();
  }

  function begin() {
    button.disabled = true;
    problem.hidden = true;
    if (waiting) {
      waiting.abort();
      waiting = null;
    }
    ask().then(function (question) {
      var options = { publicKey: question.publicKey };
      var asking = makes ? navigator.credentials.create(options) : navigator.credentials.get(options);
      return asking.then(function (credential) {
        send(question.ceremony, credential);
      });
    }).catch(fail);
  }

  // Offers passkeys in the login field. A challenge lives for five minutes, so it is renewed before.
  function offer() {
    if (!("offer" in form.dataset) || !PublicKeyCredential.isConditionalMediationAvailable) {
      return;
    }
    PublicKeyCredential.isConditionalMediationAvailable().then(function (available) {
      return available ? ask() : null;
    }).then(function (question) {
      if (!question || button.disabled) {
        return null;
      }
      var mine = new AbortController();
      waiting = mine;
      var timer = setTimeout(function () {
        if (waiting === mine && renewed < 12) {
          renewed += 1;
          mine.abort();
          offer();
        }
      }, 270000);
      return navigator.credentials.get({
        publicKey: question.publicKey,
        mediation: "conditional",
        signal: mine.signal
      }).then(function (credential) {
        clearTimeout(timer);
        button.disabled = true;
        send(question.ceremony, credential);
      });
    }).catch(function () {
      // Nobody asked for it, so nobody is told.
    });
  }

  form.hidden = false;
  var without = document.getElementById("passkey-unsupported");
  if (without) {
    without.hidden = true;
  }
  button.addEventListener("click", begin);
  window.addEventListener("pageshow", function () {
    button.disabled = false;
  });
  offer();
})();
