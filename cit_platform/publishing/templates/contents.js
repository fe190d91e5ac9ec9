(function () {
  "use strict";
  var folded = document.querySelector(".contents details"), wide = window.matchMedia("(min-width: 72rem)");
  var links = {};
  document.querySelectorAll(".contents a").forEach(function (link) { links[link.getAttribute("href").slice(1)] = link; });
  function unfold() { folded.open = wide.matches; }
  function mark() {
    var now = null;
    document.querySelectorAll("main h2").forEach(function (title) {
      if (title.getBoundingClientRect().top < window.innerHeight / 3) { now = title.firstElementChild.id; }
    });
    Object.keys(links).forEach(function (anchor) {
      if (anchor === now) { links[anchor].setAttribute("aria-current", "true"); } else { links[anchor].removeAttribute("aria-current"); }
    });
  }
  unfold();
  wide.addEventListener("change", unfold);
  folded.addEventListener("click", function (event) { if (event.target.tagName === "A" && !wide.matches) { folded.open = false; } });
  var waiting = false;
  window.addEventListener("scroll", function () {
    if (!waiting) { waiting = true; requestAnimationFrame(function () { waiting = false; mark(); }); }
  }, { passive: true });
  mark();
}());
