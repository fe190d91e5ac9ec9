(function () {
  "use strict";
  var box = document.getElementById("choosing"), data = document.getElementById("data-choices"), prefix = "#choose=";
  if (!box || !data) { return; }
  var all = JSON.parse(data.textContent), ways = all.ways, questions = all.questions, shown = all.spoken;
  var result = box.querySelector(".result"), answered = box.querySelector(".answered"), numbers = box.querySelector(".numbers"), offer = box.querySelector(".offer"), kept = box.querySelector(".kept");
  var picture = box.querySelector(".ways svg"), nearest = shown;
  var selects = questions.map(function (question, place) {
    var select = document.createElement("select");
    select.setAttribute("aria-label", question.label);
    question.options.forEach(function (option) { select.add(new Option(option[1], option[0])); });
    select.value = ways[shown].choices[place];
    select.addEventListener("change", function () { show(chosen(), true); });
    box.querySelector("[data-choice=" + question.name + "]").replaceChildren(select);
    return select;
  });
  function words(question, value) { return question.options.find(function (option) { return option[0] === value; })[1]; }
  function chosen() { return selects.map(function (select) { return select.value; }); }
  function differing(choices, way) { return questions.filter(function (_, place) { return way.choices[place] !== choices[place]; }); }
  function found(choices) { return ways.findIndex(function (way) { return !differing(choices, way).length; }); }
  function closest(choices) {
    return ways.reduce(function (best, way, place) {
      return differing(choices, way).length < differing(choices, ways[best]).length ? place : best;
    }, all.spoken);
  }
  function marked(choices) {
    selects.forEach(function (select, place) {
      Array.prototype.forEach.call(select.options, function (option, at) {
        var others = choices.slice();
        others[place] = option.value;
        option.text = questions[place].options[at][1] + (found(others) < 0 && !option.selected ? " (not computed)" : "");
      });
    });
  }
  function each(selector, change) { Array.prototype.forEach.call(picture.querySelectorAll(selector), change); }
  function draw(way) {
    if (!picture || !way.values) { return; }
    each(".values", function (text, group) { text.textContent = way.values[group]; });
    each(".ranges", function (text, group) { text.textContent = way.ranges[group]; });
    each(".contacts", function (path, group) { path.setAttribute("d", way.contacts[group]); });
    each(".quantiles", function (path, group) { path.setAttribute("d", way.quantiles[group]); });
    each(".axis", function (text) { text.textContent = way.unit; });
  }
  function absent(choices) {
    nearest = closest(choices);
    var other = differing(choices, ways[nearest]).map(function (question) {
      var place = questions.indexOf(question);
      return "“" + words(question, ways[nearest].choices[place]) + "” in place of “" + words(question, choices[place]) + "”";
    });
    return "These choices were not computed together. The nearest that were: " + other.join(", and ") + ".";
  }
  function show(choices, isNew) {
    var place = found(choices), way = ways[place], isThere = place >= 0;
    marked(choices);
    box.classList.toggle("absent", !isThere || !way.values);
    answered.textContent = isThere ? way.answer : absent(choices);
    numbers.textContent = isThere ? way.numbers : "";
    offer.hidden = isThere;
    if (isThere) { result.setAttribute("data-row", way.row); draw(way); } else { result.removeAttribute("data-row"); }
    Array.prototype.forEach.call(box.querySelectorAll(".way"), function (mark) { mark.classList.toggle("chosen", mark.getAttribute("data-way") === String(place)); });
    kept.querySelector("a").setAttribute("href", prefix + choices.join(","));
    kept.querySelector("button").disabled = place === all.spoken;
    if (isNew) { history.replaceState(null, "", prefix + choices.join(",")); }
  }
  function take(choices, isNew) {
    selects.forEach(function (select, place) { select.value = choices[place]; });
    show(choices, isNew);
  }
  function fromLink() {
    var choices = location.hash.indexOf(prefix) ? [] : decodeURIComponent(location.hash.slice(prefix.length)).split(",");
    var isKnown = choices.length === questions.length && questions.every(function (question, place) { return question.options.some(function (option) { return option[0] === choices[place]; }); });
    if (isKnown) { take(choices, false); box.scrollIntoView(); }
    return isKnown;
  }
  offer.querySelector("button").addEventListener("click", function () { take(ways[nearest].choices, true); selects[0].focus(); });
  kept.querySelector("button").addEventListener("click", function () { take(ways[all.spoken].choices, true); selects[0].focus(); });
  Array.prototype.forEach.call(box.querySelectorAll(".way"), function (mark) {
    mark.addEventListener("click", function () { take(ways[Number(mark.getAttribute("data-way"))].choices, true); });
  });
  window.addEventListener("hashchange", fromLink);
  kept.hidden = false;
  if (!fromLink()) { show(chosen(), false); }
}());
