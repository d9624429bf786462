// A gradient as the sum over paths, in the words of autograd.explain, with the numbers of now.

const PATHS_LISTED = 5;
const MOST_NODES = 14; // of a path that are named; of more, the first and the last
const MOST_FACTORS = 24; // that are written out; of more, the first and the last
const FACTORS_KEPT = 10;
const MOST_ZEROS = 3;

// {headline, paths, remarks, zeros}: texts, and for each path its steps and terms.
function explain(leaf) {
    const gradient = model.gradients[leaf];
    if (leaf === output) {
        const headline = `${gradientName(leaf)} = ${format(gradient)}: it is the result itself`;
        return { headline, paths: [], remarks: [], zeros: [] };
    }
    // Numbers of paths with more than thirty digits do not depend on those of the leaves.
    const exact = nodes[leaf].paths === undefined;
    const counts = exact ? pathsTo(leaf) : null;
    if (exact && !counts.has(output)) {
        const headline = `${gradientName(leaf)} = 0: no path that carries gradients leads there`;
        return { headline, paths: [], remarks: [], zeros: [] };
    }
    const count = exact ? counts.get(output).all : Infinity;
    const paths = largestPaths(leaf, PATHS_LISTED);
    const zeros = exact ? zerosFrom(leaf, counts) : [];
    return {
        headline: headlineOf(leaf, gradient, count, paths.length),
        paths: paths.map((path) => ({
            steps: stepsOf(leaf, path),
            terms: termsOf(path),
            product: path.product,
            share: shareOf(path.product, gradient),
        })),
        remarks: [...remarksOn(leaf, count, counts, paths), ...remarksOnZeros(count, zeros)],
        zeros: zeroLines(count, zeros),
    };
}

function numberOf(leaf, count) {
    return count === Infinity ? nodes[leaf].paths : count.toLocaleString("en-US");
}

function headlineOf(leaf, gradient, count, listed) {
    const start = `${gradientName(leaf)} = ${format(gradient)}`;
    if (count === 1n) {
        return `${start}, along one path:`;
    }
    const shown = listed === 1 ? "; the largest" : `; the ${listed} largest`;
    return `${start}, the sum over ${numberOf(leaf, count)} paths${count > listed ? shown : ""}:`;
}

// Names of a path's nodes, with arrows; where a node has the one before as several operands, the
// arrow says which one is meant.
function stepsOf(leaf, { edges }) {
    const names = edges.map(([user, k]) => {
        const { operands } = nodes[user];
        const several = operands.filter((operand) => operand === operands[k]).length > 1;
        return `→${several ? subscript(k + 1) : ""} ${nameOf(user)}`;
    });
    if (names.length >= MOST_NODES) {
        const kept = MOST_NODES / 2;
        const left = names.length - 2 * kept + 1;
        names.splice(kept, left, `→ … ${left.toLocaleString("en-US")} more …`);
    }
    return [nameOf(leaf), ...names].join(" ");
}

// The factors of a path from the result on, numbers multiplied out: {text, value, isNumber}.
function termsOf({ edges }) {
    let coefficient = 1;
    const product = [];
    for (const { value, factor, text } of writtenFactors([...edges].reverse())) {
        const [number, parts, loose] = factor ?? [];
        if (text !== undefined) {
            product.push({ text, value, isNumber: false });
        } else if (parts !== null) {
            coefficient *= number;
            product.push({ text: withNames(parts), loose, value: value / number, isNumber: false });
        } else if (value === 0 || !Number.isFinite(value)) {
            product.push({ text: format(value), value, isNumber: true });
        } else {
            coefficient *= value;
        }
    }
    const [first] = product;
    if (coefficient === -1 && first?.loose !== undefined) {
        const text = `−${first.loose ? `(${first.text})` : first.text}`;
        product[0] = { text, value: -first.value, isNumber: false };
    } else if (coefficient !== 1 || product.length === 0) {
        product.unshift({ text: coefficientName(coefficient), value: coefficient, isNumber: true });
    }
    const several = product.length > 1;
    return product.map(({ text, loose, value, isNumber }, i) => {
        const wanted = (loose && several) || (isNumber && i > 0 && text.startsWith("−"));
        return { text: wanted ? `(${text})` : text, value, isNumber };
    });
}

function writtenFactors(edges) {
    const factors = edges.map(([user, k]) => ({ value: partial(user, k), factor: factorOf(user, k) }));
    if (factors.length > MOST_FACTORS) {
        const left = factors.slice(FACTORS_KEPT, -FACTORS_KEPT);
        const value = left.reduce((product, factor) => product * factor.value, 1);
        const text = `⋯ ${left.length.toLocaleString("en-US")} factors ⋯`;
        factors.splice(FACTORS_KEPT, left.length, { value, text });
    }
    return factors;
}

function shareOf(part, whole) {
    return whole !== 0 && Number.isFinite(whole) ? part / whole : NaN;
}

// A share in percent; nothing if it is all, or undefined.
function inPercent(share) {
    const size = Math.abs(100 * share);
    const digits = size >= 100 && size < 1e6 ? Math.round(size).toLocaleString("en-US") : format(size, 3);
    return `${share < 0 ? "−" : ""}${digits} %`;
}

function remarksOn(leaf, count, counts, paths) {
    const rest = count === Infinity ? Infinity : count - BigInt(paths.length);
    if (!rest) {
        return [];
    }
    const gradient = model.gradients[leaf];
    const listed = paths.reduce((total, path) => total + path.product, 0);
    const complete = counts !== null && paths.length >= counts.get(output).live;
    const others = complete ? 0 : gradient - listed;
    const which = rest === 1n ? "path adds" : `${numberOf(leaf, rest)} paths add up to`;
    const share = others ? shareOf(others, gradient) : NaN;
    const ofAll = Number.isFinite(share) ? `, ${inPercent(share)}` : "";
    const remarks = [`The other ${which} ${format(others)}${ofAll}.`];
    const { positive, negative } = counts?.get(output) ?? {};
    if (positive && negative) {
        const sums = [positive, negative].map((sum) => format(sum));
        remarks.push(`All positive paths add up to ${sums[0]}, all negative ones to ${sums[1]}.`);
    }
    return remarks;
}

function remarksOnZeros(count, zeros) {
    const some = zeros.reduce((total, [, number]) => total + number, 0n);
    if (some === 0n) {
        return [];
    }
    if (some === count) {
        const all = count === 2n ? "Both paths are" : `All ${count.toLocaleString("en-US")} paths are`;
        return [`${count === 1n ? "It is" : all} zero:`];
    }
    const [part, whole] = [some, count].map((number) => number.toLocaleString("en-US"));
    return [`${part} of the ${whole} paths ${some === 1n ? "is" : "are"} zero:`];
}

// The local derivatives that end the most paths.
function zeroLines(count, zeros) {
    const lines = zeros.slice(0, MOST_ZEROS).map(([[node, position], ended]) => {
        const plain = factorOf(node, position)[1] === null;
        const formula = plain ? "" : `${derivativeFormula(node, position)} = `;
        const ends = count === 1n ? "" : ` ends ${pathsInWords(ended)}`;
        const operand = nodes[node].operands[position];
        return `∂${nameOf(node)}/∂${nameOf(operand)} = ${formula}0${ends}${reasonOf(node, position)}`;
    });
    if (zeros.length > MOST_ZEROS) {
        const others = zeros.slice(MOST_ZEROS).reduce((total, [, number]) => total + number, 0n);
        lines.push(`… and ${pathsInWords(others)} elsewhere`);
    }
    return lines;
}

function pathsInWords(count) {
    return count === 1n ? "1 path" : `${count.toLocaleString("en-US")} paths`;
}

function reasonOf(node, position) {
    const operand = nodes[node].operands[position];
    const value = `${nameOf(operand)} = ${format(model.values[operand])}`;
    if (nodes[node].op === "relu") {
        return `: the relu is off, as ${value}`;
    }
    return `: ${nameOf(node)} = ${withNames(nodes[node].formula)}, ${value}`;
}
