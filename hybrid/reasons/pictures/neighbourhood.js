// Draws every neighbourhood of the page with cytoscape.js, and filters it by its checkboxes.
(function () {
  "use strict";

  function style() {
    const css = getComputedStyle(document.documentElement);
    const colour = (name) => css.getPropertyValue(name).trim();
    const [ink, page, strong, line, quiet] = ["--ink", "--page", "--strong", "--line", "--quiet"].map(colour);
    return [
      { selector: "node", style: {
        label: "data(label)", color: ink, "font-size": 11, "text-wrap": "wrap", "text-max-width": 120,
        "text-valign": "bottom", "text-margin-y": 4, "text-background-color": page, "text-background-opacity": 0.75,
        width: 18, height: 18, "background-color": page, "border-width": 1.5, "border-color": quiet,
        "min-zoomed-font-size": 5 } },
      { selector: "node[kind = 'item']", style: { shape: "round-rectangle", "border-color": strong } },
      { selector: "node[kind = 'user']", style: { shape: "diamond", "border-color": ink, width: 22, height: 22 } },
      { selector: "node[role = 'liked']", style: { "background-color": strong, width: 24, height: 24 } },
      { selector: "node[role = 'recommended']", style: {
        shape: "star", "background-color": strong, width: 40, height: 40, "font-weight": "bold", "font-size": 13 } },
      { selector: "edge", style: {
        width: 1, "line-color": line, "target-arrow-color": line, "target-arrow-shape": "triangle",
        "arrow-scale": 0.8, "curve-style": "bezier" } },
      { selector: "edge[path = 1]", style: {
        width: 3, "line-color": strong, "target-arrow-color": strong, label: "data(relation)", color: quiet,
        "font-size": 9, "text-rotation": "autorotate", "text-background-color": page,
        "text-background-opacity": 0.85 } },
      { selector: ".near-chosen", style: { "border-width": 4, "border-color": ink } },
      { selector: "edge.near-lit", style: {
        width: 3, label: "data(relation)", color: ink, "font-size": 10, "line-color": ink,
        "target-arrow-color": ink, "text-background-color": page, "text-background-opacity": 0.9 } },
      { selector: ".near-dim", style: { opacity: 0.18 } },
      { selector: ".near-away", style: { display: "none" } },
    ];
  }

  function start(box) {
    const elements = JSON.parse(box.querySelector(".near-data").textContent);
    const cy = cytoscape({
      container: box.querySelector(".near-graph"), elements: elements, style: style(), maxZoom: 4, minZoom: 0.1,
      layout: { name: "preset", padding: 24 },
    });
    box.querySelectorAll("[data-filter]").forEach((each) => each.addEventListener("change", () => filter(box, cy)));
    box.querySelectorAll("[data-do]").forEach((each) => each.addEventListener("click", () => move(cy, each.dataset.do)));
    cy.on("tap", (event) => light(cy, event.target));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(style()));
    filter(box, cy);
    begin(cy);
  }

  // Where all of it would be too small to read, as on a phone, the paths come first; the rest can be dragged in.
  function begin(cy) {
    if (cy.zoom() >= 0.55) { return; }
    const paths = cy.edges("[path = 1]").connectedNodes().union(cy.nodes("[role = 'recommended']"));
    cy.zoom(0.55);
    cy.center(paths);
  }

  // What is unchecked goes, and what is then linked to nothing, but never what is liked or recommended for that.
  function filter(box, cy) {
    const off = (name) => new Set([...box.querySelectorAll(`[data-filter=${name}]:not(:checked)`)]
      .map((each) => each.dataset.value));
    const classes = off("what"), relations = off("relation");
    const onlyPaths = box.querySelector("[data-filter=path]").checked;
    cy.batch(() => {
      cy.elements().removeClass("near-away");
      cy.nodes().filter((node) => classes.has(node.data("what"))).addClass("near-away");
      cy.edges().filter((edge) => relations.has(edge.data("relation")) || (onlyPaths && !edge.data("path"))
        || edge.connectedNodes(".near-away").nonempty()).addClass("near-away");
      cy.nodes("[role = '']").filter((node) => node.connectedEdges().not(".near-away").empty()).addClass("near-away");
    });
    const shown = (all) => all.not(".near-away").length;
    box.querySelector(".near-count").textContent =
      `${shown(cy.nodes())} of ${cy.nodes().length} nodes, ${shown(cy.edges())} of ${cy.edges().length} links`;
  }

  function move(cy, what) {
    if (what === "fit") { cy.fit(cy.elements().not(".near-away"), 20); return; }
    const factor = what === "in" ? 1.3 : 1 / 1.3;
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  // A node that is tapped stands out with what it is linked to; the ground gives all back.
  function light(cy, target) {
    cy.elements().removeClass("near-chosen near-lit near-dim");
    if (target === cy || !target.isNode()) { return; }
    const near = target.closedNeighborhood();
    cy.elements().not(near).addClass("near-dim");
    target.addClass("near-chosen");
    target.connectedEdges().addClass("near-lit");
  }

  document.querySelectorAll(".near").forEach(start);
})();
