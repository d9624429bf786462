// Rules as text: with names, and with the numbers put in.

// A formula's parts with names in place of nodes.
function withNames(parts) {
    return parts.map((part) => (typeof part === "number" ? nameOf(part) : part)).join("");
}

// The same with numbers; a negative one stands in parentheses unless it stands alone.
function withNumbers(parts) {
    return parts
        .map((part) => (typeof part === "number" ? within(model.values[part], parts) : part))
        .join("");
}

function within(x, parts) {
    return parts.length > 1 ? enclosed(x) : format(x);
}

function enclosed(x) {
    const text = format(x);
    return text.startsWith("−") ? `(${text})` : text;
}

// ∂y/∂x; ∂₂y where x is an operand of y more than once, here the second.
function derivativeName(node, position) {
    const operands = nodes[node].operands;
    const operand = operands[position];
    if (operands.indexOf(operand) === operands.lastIndexOf(operand)) {
        return `∂${nameOf(node)}/∂${nameOf(operand)}`;
    }
    const subscript = String(position + 1).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
    return `∂${subscript}${nameOf(node)}`;
}

function gradientName(node) {
    return `∂${nameOf(output)}/∂${nameOf(node)}`;
}

// Equal sides, each on a line of its own, without repetitions.
function equation(left, ...sides) {
    return [left, ...sides.filter((side, i) => side !== sides[i - 1])];
}

function forwardEquation(node) {
    const parts = nodes[node].formula;
    return equation(nameOf(node), withNames(parts), withNumbers(parts), format(model.values[node]));
}

const TERMS_SHOWN = 5;

// The chain rule at a node: the sum over all nodes that it is an operand of.
function backwardEquation(node) {
    if (node === output) {
        return equation(gradientName(node), "1");
    }
    const terms = uses[node].filter(([user]) => nodes[user].active);
    const shown = terms.slice(0, TERMS_SHOWN);
    const rest = terms.length - shown.length;
    const more = rest ? ` + … (${rest} more)` : "";
    const names = shown.map(([user, k]) => `${gradientName(user)} · ${derivativeName(user, k)}`);
    const numbers = shown.map(
        ([user, k]) => `${enclosed(model.gradients[user])} · ${enclosed(partial(user, k))}`,
    );
    const products = shown.map(([user, k]) => enclosed(model.gradients[user] * partial(user, k)));
    const sides = [names, numbers, ...(terms.length > 1 ? [products] : [])];
    return equation(
        gradientName(node),
        ...sides.map((side) => side.join(" + ") + more),
        format(model.gradients[node]),
    );
}

// What each local derivative is, as its rule has it: ∂y/∂x = 1 − y² = 0.42.
function localEquation(node, position) {
    const parts = nodes[node].partials[position];
    const sides = parts ? [withNames(parts), withNumbers(parts)] : [];
    return equation(derivativeName(node, position), ...sides, format(partial(node, position)));
}

// An equation as an element; every side but the first begins with the sign of equality.
function equationElement(sides, kind = "equation") {
    const lines = sides
        .slice(1)
        .map((side) => element("span", { class: "side" }, element("i", {}, " = "), side));
    return element("p", { class: kind }, element("span", { class: "left" }, sides[0]), ...lines);
}
