// The graph and its numbers. Everything else on the page listens to it.

const data = JSON.parse(byId("content").textContent);
const nodes = data.nodes;
const output = nodes.length - 1;

// For each node where its operands' partials begin in the list of all of them.
const firstPartial = [];
// For each node the [node, position] pairs of which it is an operand.
const uses = nodes.map(() => []);
let partialCount = 0;
nodes.forEach((node, number) => {
    node.operands ??= [];
    firstPartial.push(partialCount);
    partialCount += node.operands.length;
    node.operands.forEach((operand, position) => uses[operand].push([number, position]));
});

const model = {
    values: data.values.map(Number),
    gradients: data.gradients.map(Number),
    partials: data.partials.map(Number),
    selected: null,
    lit: null, // the leaf that is pointed at
};
const initial = [...model.values];

const events = new EventTarget();

function changed(what) {
    events.dispatchEvent(new Event(what));
}

function on(what, react) {
    for (const name of what.split(" ")) {
        events.addEventListener(name, react);
    }
}

function partial(node, position) {
    return model.partials[firstPartial[node] + position];
}

// What a local derivative is: [coefficient, parts, whether these want parentheses]; where its rule
// chooses, what it is at the numbers of now.
function factorOf(node, position) {
    let factor = nodes[node].partials[position];
    while (!Array.isArray(factor)) {
        const [left, relation, right] = factor.if;
        const [a, b] = [left, right].map((side) => (Array.isArray(side) ? model.values[side[0]] : Number(side)));
        const holds = { "<": a < b, "<=": a <= b, "==": a === b }[relation];
        factor = holds ? factor.then : factor.else;
    }
    return [Number(factor[0]), factor[1], factor[2]];
}

// Give leaves other numbers, and compute everything that follows from them.
function setLeaves(numbers) {
    for (const [leaf, x] of numbers) {
        model.values[leaf] = x;
    }
    Object.assign(model, recompute(data.leaves.map((leaf) => model.values[leaf])));
    changed("numbers");
}

// What the result would be if one leaf had another number.
function outputAt(leaf, x) {
    const numbers = data.leaves.map((other) => (other === leaf ? x : model.values[other]));
    return recompute(numbers).values[output];
}

function select(node) {
    model.selected = node;
    changed("selection");
}

function light(node) {
    if (model.lit !== node) {
        model.lit = node;
        changed("light");
    }
}

function isLeaf(node) {
    return nodes[node].operands.length === 0;
}

function nameOf(node) {
    return nodes[node].plain ? format(model.values[node]) : nodes[node].name;
}

// The whole label, where the name is but the beginning and the end of it.
function labelOf(node) {
    return nodes[node].label ?? nameOf(node);
}
