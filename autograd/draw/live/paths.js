// Paths from a node to the result, along which its gradient comes: as in autograd.explain, for the
// numbers that are on the page now.

// The logarithms of derivatives that are no ordinary numbers: a product with an infinite factor
// comes before all others, one with a zero after all others.
const LOG_OF_INFINITE = 1e13;
const LOG_OF_ZERO = -1e12;

// The edges that carry gradients, from a node on.
function activeUses(node) {
    return uses[node].filter(([user]) => nodes[user].active);
}

// All nodes that depend on one.
function onPathsFrom(start) {
    const found = new Set([start]);
    for (let node = start; node < nodes.length; node++) {
        if (found.has(node)) {
            uses[node].forEach(([user]) => found.add(user));
        }
    }
    return found;
}

function logOf(x) {
    if (x === 0) {
        return LOG_OF_ZERO;
    }
    return Number.isFinite(x) ? Math.log(Math.abs(x)) : LOG_OF_INFINITE;
}

// For each node from which the result is reached the logarithm of the largest product on the way,
// and the first edge [node, position] of that way.
function bestWays(start) {
    const ways = new Map([[output, { size: 0, edge: null }]]);
    for (let node = output - 1; node >= start; node--) {
        for (const edge of activeUses(node)) {
            const next = ways.get(edge[0]);
            const size = next && logOf(partial(...edge)) + next.size;
            if (next && size > (ways.get(node)?.size ?? -Infinity)) {
                ways.set(node, { size, edge });
            }
        }
    }
    return ways;
}

// The paths with the largest products, at most so many, the largest first; each as its edges
// [node, position] and their product. A path departs a few times from the best way on; from each
// path that is found, all those depart that follow it up to some node and leave it there. The next
// largest is among them.
function largestPaths(start, count) {
    const ways = bestWays(start);
    let pending = [{ node: start, cost: 0, before: null }];
    const found = [];
    while (pending.length && found.length < count) {
        let { node, cost, before } = pending.shift();
        while (node !== output) {
            const way = ways.get(node);
            for (const edge of activeUses(node)) {
                const next = ways.get(edge[0]);
                if (next && !isSame(edge, way.edge)) {
                    const more = way.size - logOf(partial(...edge)) - next.size;
                    const departure = { node: edge[0], cost: cost + more, before: { edge, before } };
                    pending = withDeparture(pending, departure, count - found.length - 1);
                }
            }
            before = { edge: way.edge, before };
            node = way.edge[0];
        }
        found.push(pathOf(before));
    }
    return found.sort((a, b) => sizeOf(b.product) - sizeOf(a.product));
}

function isSame([node, position], [other, otherPosition]) {
    return node === other && position === otherPosition;
}

// Departures by their cost, no more than will be wanted.
function withDeparture(pending, departure, most) {
    if (pending.length >= most && !(departure.cost < pending.at(-1)?.cost)) {
        return pending;
    }
    const place = pending.findIndex(({ cost }) => departure.cost < cost);
    const at = place < 0 ? pending.length : place;
    return [...pending.slice(0, at), departure, ...pending.slice(at)].slice(0, most);
}

// A linked list of edges, the last first; the product begins with that of the result.
function pathOf(last) {
    const edges = [];
    let product = 1;
    for (let link = last; link !== null; link = link.before) {
        edges.push(link.edge);
        product *= partial(...link.edge);
    }
    return { edges: edges.reverse(), product };
}

function sizeOf(x) {
    return Number.isNaN(x) ? Infinity : Math.abs(x);
}

// For each node on a path the number of paths to it: of all, and of those without a zero; and the
// sums of the products of those that are positive, and negative.
function pathsTo(start) {
    const found = new Map([[start, { all: 1n, live: 1n, positive: 1, negative: 0 }]]);
    for (let node = start; node < output; node++) {
        const here = found.get(node);
        for (const [user, k] of here ? activeUses(node) : []) {
            const slope = partial(user, k);
            const there = found.get(user) ?? { all: 0n, live: 0n, positive: 0, negative: 0 };
            const [towards, against] = slope < 0 ? ["negative", "positive"] : ["positive", "negative"];
            there.all += here.all;
            there.live += slope === 0 ? 0n : here.live;
            // A sum over no paths stays zero, whatever it is multiplied by.
            there[towards] += here.positive ? here.positive * slope : 0;
            there[against] += here.negative ? here.negative * slope : 0;
            found.set(user, there);
        }
    }
    return found;
}

// The edges at which paths from a node become zero, [edge, number of paths], most first. A path with
// several zeros belongs to the one next to the result.
function zerosFrom(start, counts) {
    const found = [];
    const reached = new Map([[output, 1n]]);
    for (let node = output; node > start; node--) {
        const here = reached.get(node);
        nodes[node].operands.forEach((operand, position) => {
            const below = here && nodes[operand].active && counts.get(operand);
            if (below && partial(node, position) === 0) {
                found.push([[node, position], here * below.all]);
            } else if (below) {
                reached.set(operand, (reached.get(operand) ?? 0n) + here);
            }
        });
    }
    return found.sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0));
}
