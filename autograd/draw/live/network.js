// A network as neurons and weights: outputs inside, δ (the gradient of the weighted sum) below.

const NEURON = { radius: 28, across: 190, down: 88, margin: 56 };
const LABELED_WEIGHTS = 60; // of more, numbers would cover each other
const network = { neurons: [], weights: [], width: 0, height: 0 };

function buildNetwork() {
    const { columns, weights } = data.network;
    const tallest = Math.max(...columns.map((column) => column.length));
    network.width = (columns.length - 1) * NEURON.across + 2 * NEURON.margin;
    network.height = (tallest - 1) * NEURON.down + 2 * NEURON.margin;
    const place = (column, row) => [
        NEURON.margin + column * NEURON.across,
        network.height / 2 + (row - (columns[column].length - 1) / 2) * NEURON.down - 8,
    ];
    network.weights = weights.map(({ from, to, weight }, i) => {
        const [[x1, y1], [x2, y2]] = [place(...from), place(...to)];
        const line = shape("line", { x1: x1 + NEURON.radius, y1, x2: x2 - NEURON.radius, y2 });
        const title = shape("title");
        line.append(title);
        // Labels stand at different places along their lines, so that they do not meet.
        const t = [0.3, 0.5, 0.7][from[1] % 3];
        const label = text(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t - 4, "derivative");
        const made = { line, title, label: i < LABELED_WEIGHTS ? label : null, weight };
        made.to = columns[to[0]][to[1]];
        line.addEventListener("click", () => select(weight));
        return made;
    });
    network.neurons = columns.flatMap((column, c) => column.map((neuron, r) => neuronElement(neuron, place(c, r))));
}

function neuronElement(neuron, [x, y]) {
    const kind = neuron.sum === null ? "input" : "unit";
    const circle = shape("circle", { r: NEURON.radius, class: "frame" });
    const value = text(0, 4.5, "value plain");
    const delta = text(0, NEURON.radius + 17, "gradient plain");
    const group = shape("g", { class: `node neuron ${kind}`, transform: `translate(${x} ${y})` });
    group.append(circle, value, delta);
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", "0");
    const shown = neuron.sum ?? neuron.output;
    group.addEventListener("click", () => select(shown));
    group.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            select(shown);
        }
    });
    return { group, value, delta, neuron };
}

function refreshNetwork() {
    for (const { group, value, delta, neuron } of network.neurons) {
        const known = hasValue(neuron.output);
        const { sum } = neuron;
        value.textContent = known ? format(model.values[neuron.output], 3) : "·";
        const shown = sum !== null && hasGradient(sum);
        delta.textContent = shown ? `δ ${format(model.gradients[sum], 3)}` : "";
        delta.setAttribute("class", `gradient plain ${signOf(shown ? model.gradients[sum] : 0)}`);
        const now = playback.node !== null && (playback.node === neuron.output || playback.node === sum);
        group.classList.toggle("pending", !known);
        group.classList.toggle("now", now);
        group.classList.toggle("selected", sum !== null && model.selected === sum);
        const name = sum === null ? nameOf(neuron.output) : `neuron ${nameOf(sum)}`;
        const spokenDelta = shown ? `, delta ${format(model.gradients[sum], 3)}` : "";
        group.setAttribute("aria-label", `${name}, output ${value.textContent}${spokenDelta}`);
    }
    for (const { line, title, label, weight, to } of network.weights) {
        const x = model.values[weight];
        const size = Math.abs(x);
        line.setAttribute("class", `weight ${signOf(x)}`);
        line.setAttribute("stroke-width", (0.8 + (5 * size) / (1 + size)).toFixed(2));
        line.classList.toggle("pending", !hasValue(to.sum));
        line.classList.toggle("backward", !playback.forward && playback.node === weight);
        if (label) {
            label.textContent = format(x, 2);
        }
        const gradient = hasGradient(weight) ? `, gradient ${format(model.gradients[weight])}` : "";
        title.textContent = `${nameOf(weight)} = ${format(x)}${gradient}`;
    }
}

function showNetwork() {
    viewport.replaceChildren(
        ...network.weights.map((weight) => weight.line),
        ...network.weights.map((weight) => weight.label).filter(Boolean),
        ...network.neurons.map((neuron) => neuron.group),
    );
    fit(network.width, network.height);
}
