// Rules as text: with names, and with the numbers put in.

const EXPONENT = /^[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b^]/;
const AFTER_OPENING = /(^|[([⌊⌈]|, )$/;

// A formula's parts with names in place of nodes.
function withNames(parts) {
    return parts.map((part) => (typeof part === "number" ? nameOf(part) : part)).join("");
}

// The same with numbers.
function withNumbers(parts) {
    const shown = parts.map((part, i) => {
        if (typeof part !== "number") {
            return part;
        }
        const [before, after] = [parts[i - 1] ?? "", parts[i + 1] ?? ""];
        const alone = AFTER_OPENING.test(before) && !EXPONENT.test(after);
        return alone ? format(model.values[part]) : enclosed(model.values[part]);
    });
    return shown.join("");
}

// A number as one of several factors or terms: a negative one in parentheses.
function enclosed(x) {
    const text = format(x);
    return text.startsWith("−") ? `(${text})` : text;
}

// The product of numbers; the first needs no parentheses.
function productOf(first, ...others) {
    return [format(first), ...others.map(enclosed)].join(" · ");
}

// A coefficient of a formula: ln 2 and its like by name.
function coefficientName(x) {
    const known = data.constants.find(([size]) => size === Math.abs(x));
    return known ? (x < 0 ? "−" : "") + known[1] : format(x);
}

// ∂y/∂x; ∂₂y where x is an operand of y more than once, here the second.
function derivativeName(node, position) {
    const { operands } = nodes[node];
    const operand = operands[position];
    if (operands.indexOf(operand) === operands.lastIndexOf(operand)) {
        return `∂${nameOf(node)}/∂${nameOf(operand)}`;
    }
    return `∂${subscript(position + 1)}${nameOf(node)}`;
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
    const terms = activeUses(node);
    const shown = terms.slice(0, TERMS_SHOWN);
    const rest = terms.length - shown.length;
    const more = rest ? ` + … (${rest} more)` : "";
    const names = shown.map(([user, k]) => `${gradientName(user)} · ${derivativeName(user, k)}`);
    const factors = shown.map(([user, k]) => [model.gradients[user], partial(user, k)]);
    const numbers = factors.map(([a, b], i) => (i ? `${enclosed(a)} · ${enclosed(b)}` : productOf(a, b)));
    const products = factors.map(([a, b], i) => (i ? enclosed(a * b) : format(a * b)));
    const sides = [names, numbers, ...(terms.length > 1 ? [products] : [])];
    return equation(
        gradientName(node),
        ...sides.map((side) => side.join(" + ") + more),
        format(model.gradients[node]),
    );
}

// A local derivative, as its rule has it, with names or with numbers.
function derivativeFormula(node, position, write = withNames) {
    const [coefficient, parts, loose] = factorOf(node, position);
    if (parts === null) {
        return coefficientName(coefficient);
    }
    const text = write(parts);
    if (coefficient === 1) {
        return text;
    }
    const rest = loose ? `(${text})` : text;
    if (coefficient === -1) {
        return `−${rest}`;
    }
    return coefficientName(coefficient) + (rest.startsWith("(") ? "" : "·") + rest;
}

// ∂y/∂x = 1 − y² = 0.42
function localEquation(node, position) {
    const sides = [withNames, withNumbers].map((write) => derivativeFormula(node, position, write));
    return equation(derivativeName(node, position), ...sides, format(partial(node, position)));
}

// An equation as an element; every side but the first begins with the sign of equality.
function equationElement(sides, kind = "equation") {
    const lines = sides
        .slice(1)
        .map((side) => element("span", { class: "side" }, element("i", {}, " = "), side));
    return element("p", { class: kind }, element("span", { class: "left" }, sides[0]), ...lines);
}
