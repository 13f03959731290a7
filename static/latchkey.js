// Comfort only: every page works without it.
(function () {
  "use strict";

  // Someone who could not see the page change hears what was wrong.
  var summary = document.getElementById("error-summary");
  if (summary) {
    summary.focus();
  }

  // "Show" beside a password.
  document.querySelectorAll(".reveal").forEach(function (box) {
    var input = box.querySelector("input");
    var words = box.dataset;
    var button = document.createElement("button");
    button.type = "button";
    function hide(hidden) {
      input.type = hidden ? "password" : "text";
      button.textContent = hidden ? words.show : words.hide;
      button.setAttribute("aria-label", hidden ? words.showLabel : words.hideLabel);
    }
    hide(true);
    button.addEventListener("click", function () {
      hide(input.type === "text");
      input.focus();
    });
    box.append(button);
    // A browser remembers what is typed into a field of text, so it is a password again when sent.
    if (input.form) {
      input.form.addEventListener("submit", function () {
        hide(true);
      });
    }
  });

  // A double click sends a form once. The first submission is never held up, and the form is free
  // again when the page comes back from history or when no answer comes.
  function release(form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
      setTimeout(release, 8000, form);
    });
  });
  window.addEventListener("pageshow", function (event) {
    // A page that the browser kept may be of somebody who has signed out since.
    if (event.persisted && document.body.classList.contains("account")) {
      document.body.hidden = true;
      location.reload();
    }
    document.querySelectorAll("form[data-sent]").forEach(release);
  });

  // Codes on paper: the browser's own menu prints them as well.
  document.querySelectorAll("[data-print]").forEach(function (box) {
    var button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.id = "print";
    button.textContent = box.dataset.print;
    button.addEventListener("click", function () {
      window.print();
    });
    box.prepend(button);
  });

  // An answer on its way to an app needs no hand.
  var answer = document.querySelector("form[data-send]");
  if (answer) {
    answer.requestSubmit();
  }

  // Times in the zone of this device where the account has none, as they are written where the page's language is spoken.
  try {
    var language = document.documentElement.lang;
    var region = navigator.languages.find(function (tag) {
      return tag.split("-")[0] === language;
    });
    var format = new Intl.DateTimeFormat(region || language, {
      dateStyle: "medium",
      timeStyle: "short",
      // One kind of digits on a page.
      numberingSystem: "latn"
    });
    document.querySelectorAll("time[datetime]:not([data-zoned])").forEach(function (time) {
      time.textContent = format.format(new Date(time.dateTime));
    });
  } catch (_) {
    // An old browser keeps the times in UTC, which say so.
  }
})();
