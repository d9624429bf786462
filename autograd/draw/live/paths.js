// Paths from a node to the result, along which its gradient comes.

const PATHS_LISTED = 6;
const MOST_PATHS_SEARCHED = 20000;

// The edges that carry gradients, from a node on.
function activeUses(node) {
    return uses[node].filter(([user]) => nodes[user].active);
}

// All nodes on paths from one to the result.
function onPathsFrom(start) {
    const found = new Set([start]);
    for (let node = start; node < nodes.length; node++) {
        if (found.has(node)) {
            uses[node].forEach(([user]) => found.add(user));
        }
    }
    return found;
}

// How many paths there are; exact, however many.
function countPaths(start) {
    const count = new Map([[start, 1n]]);
    for (let node = start; node < output; node++) {
        const here = count.get(node);
        if (here) {
            for (const [user] of activeUses(node)) {
                count.set(user, (count.get(user) ?? 0n) + here);
            }
        }
    }
    return count.get(output) ?? 0n;
}

// Every path as its steps [node, position] and the product of its local derivatives, the largest
// first; null if they are too many to be listed.
function pathsFrom(start) {
    if (countPaths(start) > BigInt(MOST_PATHS_SEARCHED)) {
        return null;
    }
    const found = [];
    const pending = [{ node: start, steps: [], product: 1 }];
    while (pending.length) {
        const { node, steps, product } = pending.pop();
        if (node === output) {
            found.push({ steps, product });
        }
        for (const [user, k] of activeUses(node)) {
            const longer = [...steps, [user, k]];
            pending.push({ node: user, steps: longer, product: product * partial(user, k) });
        }
    }
    return found.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}
