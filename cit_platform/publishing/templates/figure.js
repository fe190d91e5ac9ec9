{% include "charts.js" %}
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  var root = document.documentElement, save = document.getElementById("save"), snippet = document.getElementById("snippet");
  if (window.self !== window.top) { root.classList.add("embedded"); }
  snippet.value = snippet.value.replace(snippet.dataset.place, location.href.split("#")[0]);
  snippet.addEventListener("focus", function () { snippet.select(); });
  save.disabled = !window.Plotly;
  save.addEventListener("click", function () {
    var plot = document.querySelector("[data-figure]"), size = { width: 720, height: plot.layout.height };
    var layout = Object.assign({}, plot.layout, size, { paper_bgcolor: getComputedStyle(plot.parentNode).backgroundColor });
    var file = Object.assign({ format: "png", scale: 2, filename: plot.dataset.figure }, size);
    Plotly.downloadImage({ data: plot.data, layout: layout }, file);
  });
});
