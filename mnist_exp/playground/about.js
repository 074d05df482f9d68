"use strict";
// Where the networks come from.

function listAbout() {
  $("about-made").textContent = `This page was made on ${page.made} from the folder “${page.title}”. ${contents()} ${sampleTexts().join(" ")}`;
  $("about-rows").replaceChildren(...page.networks.flatMap(network => network.arms.map(arm => aboutRow(network, arm))));
  $("left-out").hidden = !page.left_out.length;
  $("left-out-list").replaceChildren(...page.left_out.map(textContent => element("li", {textContent})));
}

// "It holds 8 trained networks: cnn with 6 activations and mlp with 2."
function contents() {
  const count = page.networks.reduce((sum, {arms}) => sum + arms.length, 0);
  const kinds = page.networks.map(network => `${networkLabel(network)} with ${plural(network.arms.length, "activation")}`);
  return `It holds ${plural(count, "trained network")}: ${listed(kinds)}.`;
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
