document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  if (!window.Plotly) { return; }
  var neutral = "#737373", roomy = 640, edge = 3, larger = 1.15;
  var plots = Array.prototype.slice.call(document.querySelectorAll("[data-figure]"));
  function edged(trace, paper) {
    var under = Object.assign({}, trace, { hoverinfo: "skip", hovertemplate: null, mode: "markers" });
    under.marker = Object.assign({}, trace.marker, { size: trace.marker.size + edge, color: paper, line: { width: 0 } });
    under.error_x = Object.assign({}, trace.error_x, { color: paper, thickness: trace.error_x.thickness + edge, width: trace.error_x.width + edge / 2 });
    return under;
  }
  function dressed(plot, ink, paper, width) {
    var figure = JSON.parse(document.getElementById("data-" + plot.dataset.figure).textContent);
    var layout = figure.layout, wide = layout.meta.wide, alike = layout.meta.alike;
    layout.annotations = layout.annotations.map(function (text) { return Object.assign({}, alike.annotations, text); });
    layout.shapes = layout.shapes.map(function (shape) { return Object.assign({}, alike.shapes, shape); });
    layout.font.color = ink;
    layout.width = width;
    figure.data.forEach(function (trace) {
      if (trace.error_x && trace.error_x.color === neutral) { trace.error_x.color = ink; }
    });
    var beside = width >= roomy && wide.axes;
    if (beside) { Object.keys(wide.axes).forEach(function (axis) { Object.assign(layout[axis], wide.axes[axis]); }); }
    if (beside && wide.lift) {
      figure.data.forEach(function (trace) { trace.y = trace.y.map(function (y) { return y - wide.lift; }); });
    }
    layout.annotations = layout.annotations.filter(function (text) { return !beside || text.name !== "row-early"; });
    layout.annotations.forEach(function (text) {
      if (beside && text.hovertext) { text.text = text.hovertext; }
      delete text.hovertext;
      if (/^row/.test(text.name) && !beside) { text.bgcolor = paper; }
      if (width >= roomy && text.name !== "head") { text.font = Object.assign({}, text.font, { size: larger * text.font.size }); }
    });
    Object.keys(layout).forEach(function (name) {
      var axis = layout[name];
      if (width >= roomy && /^xaxis/.test(name) && axis.tickfont) {
        axis.tickfont = { size: larger * axis.tickfont.size };
        if (axis.title) { axis.title.font = { size: larger * axis.title.font.size }; }
      }
    });
    figure.data = figure.data.reduce(function (all, trace) {
      return all.concat(trace.type === "scatter" && trace.error_x ? [edged(trace, paper), trace] : [trace]);
    }, []);
    return figure;
  }
  function draw(ink, paper, width) {
    plots.forEach(function (plot) {
      var figure = dressed(plot, ink, paper, width || plot.clientWidth);
      Plotly.react(plot, figure.data, figure.layout, { displayModeBar: false });
    });
  }
  function screen() {
    if (!plots.length) { return; }
    draw(getComputedStyle(document.body).color, getComputedStyle(plots[0].parentNode).backgroundColor, null);
  }
  var waiting = null;
  function later() { clearTimeout(waiting); waiting = setTimeout(screen, 120); }
  screen();
  window.addEventListener("resize", later);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", screen);
  window.addEventListener("beforeprint", function () { clearTimeout(waiting); draw("#000000", "#ffffff", 660); });
  window.addEventListener("afterprint", screen);
});
