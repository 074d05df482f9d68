"use strict";
// Where the networks come from.

function listAbout() {
  $("about-made").textContent = `This page was made on ${page.made} from ${page.title}. It holds ${plural(page.networks.length, "network")}. ${sampleTexts().join(" ")}`;
  $("about-rows").replaceChildren(...page.networks.flatMap(network => network.arms.map(arm => aboutRow(network, arm))));
  $("left-out").hidden = !page.left_out.length;
  $("left-out-list").replaceChildren(...page.left_out.map(textContent => element("li", {textContent})));
}

function sampleTexts() {
  return page.sets.map(({name, samples}) => (samples ? `It has ${formatCount(samples.count)} test pictures of ${name}.` : `It has no test pictures of ${name}.`));
}

function aboutRow(network, arm) {
  const accuracy = value => (value === null ? "–" : percent(value));
  const cells = [page.sets[network.set].name, formatCount(arm.parameters), accuracy(arm.val_acc), accuracy(arm.test_acc), String(arm.seed)];
  const command = element("td", {}, element("code", {textContent: arm.command}));
  const head = element("th", {scope: "row"}, element("span", {className: "arm-name"}, dotOf(arm), `${network.name}, ${arm.name}`));
  return element("tr", {}, head, ...cells.map(textContent => element("td", {textContent})), command);
}
