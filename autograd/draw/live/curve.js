// The result over one leaf, all others as they are: with its tangent, and the lowest point in sight.

const PLOT = { width: 0, height: 0, left: 66, right: 24, top: 24, bottom: 48 };
const PIXELS_PER_TICK = 75;
const SAMPLES = 240;
const EDGE = SAMPLES / 10; // nearer to an end of the range the lowest point is not well seen
const WIDENINGS = 6;
const NEXT_TO_NOTHING = 1e-6; // of how far a curve goes down: flat from there on, to the eye
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const plot = { leaf: null, low: 0, high: 1, bottom: 0, top: 1 };

// Where a function of one number is least between two: golden-section search.
function leastBetween(f, low, high) {
    let [a, b] = [low, high];
    for (let i = 0; i < 80 && b - a > 1e-12 * Math.max(1, Math.abs(a)); i++) {
        const [c, d] = [b - GOLDEN * (b - a), a + GOLDEN * (b - a)];
        [a, b] = f(c) < f(d) ? [a, d] : [c, b];
    }
    return (a + b) / 2;
}

// Whole steps of 1, 2 or 5 in a range, about so many.
function ticks(low, high, count) {
    const step = roundUp((high - low) / count);
    const first = Math.ceil(low / step);
    const found = [];
    for (let i = first; i * step <= high + 1e-9 * step; i++) {
        found.push(Number((i * step).toPrecision(12)));
    }
    return found;
}

function toX(x) {
    return PLOT.left + ((x - plot.low) / (plot.high - plot.low)) * (PLOT.width - PLOT.left - PLOT.right);
}

function toY(y) {
    const share = (y - plot.bottom) / (plot.top - plot.bottom);
    const pixels = PLOT.height - PLOT.bottom - share * (PLOT.height - PLOT.top - PLOT.bottom);
    return clamp(pixels, -PLOT.height, 2 * PLOT.height);
}

function drawCurve() {
    const { leaf } = plot;
    if (leaf === null || recompute === null) {
        return;
    }
    const room = byId("plot").getBoundingClientRect();
    Object.assign(PLOT, { width: Math.max(room.width, 260), height: Math.max(room.height, 180) });
    byId("plot").setAttribute("viewBox", `0 0 ${PLOT.width} ${PLOT.height}`);
    [plot.low, plot.high] = rangeOf(leaf);
    const step = (plot.high - plot.low) / SAMPLES;
    const xs = Array.from({ length: SAMPLES + 1 }, (_, i) => plot.low + i * step);
    const f = (x) => outputAt(leaf, x);
    const all = xs.map((x) => [x, f(x)]);
    const points = all.filter(([, y]) => Number.isFinite(y));
    const [x, y] = [model.values[leaf], model.values[output]];
    const ys = [...points.map((point) => point[1]), y].filter(Number.isFinite);
    const [low, high] = ys.length ? [Math.min(...ys), Math.max(...ys)] : [0, 1];
    const air = 0.06 * (high - low) || 1;
    Object.assign(plot, { bottom: low - air, top: high + air });
    const slope = model.gradients[leaf];
    const [before, after] = [-1, 1].map((way) => x + way * tangentReach(x, y, slope, way));
    const tangent = { x1: toX(before), x2: toX(after) };
    Object.assign(tangent, { y1: toY(y + slope * (before - x)), y2: toY(y + slope * (after - x)) });
    byId("plot").replaceChildren(
        ...axes(),
        shape("path", { class: "curve", d: curvePath(all) }),
        ...lowest(points, f),
        ...(Number.isFinite(y) && Number.isFinite(slope)
            ? [
                  shape("line", { class: "tangent", ...tangent }),
                  shape("circle", { class: "ball", cx: toX(x), cy: toY(y), r: 9 }),
              ]
            : []),
    );
    const at = `${nameOf(leaf)} = ${format(x)}, ${nameOf(output)} = ${format(y)}`;
    byId("plot").setAttribute("aria-label", `${nameOf(output)} over ${nameOf(leaf)}; the ball is at ${at}`);
    byId("plot-note").textContent = `${at}, slope ${format(slope)}`;
}

// How far the tangent is drawn to one side: not beyond the borders of the plot.
function tangentReach(x, y, slope, way) {
    const across = way > 0 ? plot.high - x : x - plot.low;
    const upOrDown = slope * way > 0 ? plot.top - y : y - plot.bottom;
    return Math.max(0, Math.min(0.18 * (plot.high - plot.low), across, upOrDown / Math.abs(slope)));
}

// Lines between neighbors that both have a number.
function curvePath(points) {
    const joined = points.map(([x, y], i) => {
        if (!Number.isFinite(y)) {
            return "";
        }
        const start = i === 0 || !Number.isFinite(points[i - 1][1]);
        return `${start ? "M" : "L"}${toX(x).toFixed(1)},${toY(y).toFixed(1)}`;
    });
    return joined.join("");
}

function axes() {
    const [right, bottom] = [PLOT.width - PLOT.right, PLOT.height - PLOT.bottom];
    const across = ticks(plot.low, plot.high, PLOT.width / PIXELS_PER_TICK).flatMap((x) => [
        shape("line", { class: "grid", x1: toX(x), x2: toX(x), y1: PLOT.top, y2: bottom }),
        text(toX(x), bottom + 18, "tick across", format(x)),
    ]);
    const up = ticks(plot.bottom, plot.top, PLOT.height / PIXELS_PER_TICK).flatMap((y) => [
        shape("line", { class: "grid", x1: PLOT.left, x2: right, y1: toY(y), y2: toY(y) }),
        text(PLOT.left - 8, toY(y) + 4, "tick up", format(y)),
    ]);
    return [
        ...across,
        ...up,
        text(right, PLOT.height - 8, "axis end", shorten(nameOf(plot.leaf), 30)),
        text(PLOT.left, 15, "axis", shorten(nameOf(output), 30)),
    ];
}

// The lowest point, unless the curve is as low at an end of the range, where it goes on.
function lowest(points, f) {
    const least = points.reduce((best, point, i) => (point[1] < points[best][1] ? i : best), 0);
    const above = NEXT_TO_NOTHING * (plot.top - plot.bottom);
    if ([points[0], points[points.length - 1]].some((end) => !(end?.[1] > points[least][1] + above))) {
        return [];
    }
    // Near a minimum half of the digits of x make no difference, and are not shown.
    const step = 1e-6 * (plot.high - plot.low);
    const found = leastBetween(f, points[least - 1][0], points[least + 1][0]);
    const rounded = Math.round(found / step) * step;
    const x = f(rounded) <= f(found) + above ? rounded : found; // it may be next to a wall
    const [px, py] = [toX(x), toY(f(x))];
    return [
        shape("line", { class: "least", x1: px, x2: px, y1: py, y2: PLOT.height - PLOT.bottom }),
        text(px, py - 14, "least", `${shorten(nameOf(plot.leaf), 20)}* ≈ ${format(x)}`),
    ];
}

// Widen the range in which a leaf is shown until the lowest point is well inside, or the curve goes on
// without coming down any further, or it seems endless.
function widen(leaf) {
    for (let i = 0; i < WIDENINGS; i++) {
        const [low, high] = rangeOf(leaf);
        const ys = sampled(leaf, low, high);
        const least = ys.indexOf(Math.min(...ys));
        if (least > EDGE && least < SAMPLES - EDGE) {
            return;
        }
        const wider = least <= EDGE ? [2 * low - high, high] : [low, 2 * high - low];
        const gain = ys[least] - Math.min(...sampled(leaf, ...wider));
        const goesOn = gain > NEXT_TO_NOTHING * (Math.max(...ys) - ys[least]);
        if (!goesOn && (least === 0 || least === SAMPLES)) {
            return;
        }
        ranges.set(leaf, wider);
    }
    ranges.delete(leaf);
}

function sampled(leaf, low, high) {
    const step = (high - low) / SAMPLES;
    return Array.from({ length: SAMPLES + 1 }, (_, i) => outputAt(leaf, low + i * step));
}

function showCurve(leaf) {
    plot.leaf = leaf;
    widen(leaf);
    refreshLeaves();
    byId("tab-curve").hidden = false;
    show("curve");
}
