// Gradient descent on the chosen leaves, and the curve of the result over the steps.

const MILLISECONDS_PER_DESCENT = 60;
const MOST_POINTS = 2000;
const CHART = { width: 300, height: 96, margin: 6 };

const descent = { history: [], timer: null, steps: 0 };

// The learning rate grows tenfold for every unit of its slider.
function learningRate() {
    return 10 ** byId("rate").valueAsNumber;
}

function descend() {
    const rate = learningRate();
    if (descent.history.length === 0) {
        descent.history.push(model.values[output]);
    }
    const moved = data.leaves
        .filter((leaf) => nodes[leaf].descends)
        .map((leaf) => [leaf, model.values[leaf] - rate * model.gradients[leaf]]);
    const before = data.leaves.map((leaf) => [leaf, model.values[leaf]]);
    setLeaves(moved);
    if (!Number.isFinite(model.values[output])) {
        setLeaves(before);
        stopDescent();
        say("The next step leads beyond all numbers: take a smaller learning rate.");
        return;
    }
    descent.steps += 1;
    descent.history.push(model.values[output]);
    descent.history.splice(0, descent.history.length - MOST_POINTS);
    const steps = `${descent.steps} ${descent.steps === 1 ? "step" : "steps"}`;
    say(`${steps}, ${nameOf(output)} = ${format(model.values[output], 6)}`);
    drawHistory();
}

function say(text) {
    byId("progress").textContent = text;
}

function toggleDescent() {
    if (descent.timer !== null) {
        stopDescent();
        return;
    }
    byId("progress").setAttribute("aria-live", "off");
    descent.timer = setInterval(descend, MILLISECONDS_PER_DESCENT);
    byId("descend-auto").textContent = "Stop";
}

function stopDescent() {
    clearInterval(descent.timer);
    descent.timer = null;
    byId("progress").setAttribute("aria-live", "polite");
    byId("descend-auto").textContent = "Auto-play";
}

function resetDescent() {
    stopDescent();
    Object.assign(descent, { history: [], steps: 0 });
    setLeaves(data.leaves.map((leaf) => [leaf, initial[leaf]]));
    say("");
    drawHistory();
}

// The result at each step so far.
function drawHistory() {
    const { width, height, margin } = CHART;
    const points = descent.history;
    byId("history").toggleAttribute("hidden", points.length < 2);
    const [low, high] = [Math.min(...points), Math.max(...points)];
    const across = (width - 2 * margin) / Math.max(points.length - 1, 1);
    const down = (height - 2 * margin) / (high - low || 1);
    const place = points.map((y, i) => {
        const at = [margin + i * across, height - margin - (y - low) * down];
        return at.map((x) => x.toFixed(1)).join(",");
    });
    byId("history-line").setAttribute("points", place.join(" "));
    byId("history-high").textContent = points.length ? format(high, 3) : "";
    byId("history-low").textContent = points.length ? format(low, 3) : "";
}

// The slider begins at the rate that was asked for, and reaches that far at least.
function setRate(rate) {
    const exponent = Math.log10(rate);
    const slider = byId("rate");
    slider.min = Math.min(slider.min, exponent);
    slider.max = Math.max(slider.max, exponent);
    slider.value = exponent;
    refreshRate();
}

function refreshRate() {
    const rate = learningRate();
    byId("rate-value").textContent = `η = ${format(rate, 3)}`;
    byId("rate").setAttribute("aria-valuetext", format(rate, 3));
}

function startDescent() {
    byId("descent").hidden = recompute === null || !nodes.some((node) => node.descends);
    byId("descent-rule").textContent = `w ← w − η ∂${nameOf(output)}/∂w`;
    byId("descend-step").addEventListener("click", descend);
    byId("descend-auto").addEventListener("click", toggleDescent);
    byId("descend-reset").addEventListener("click", resetDescent);
    byId("rate").addEventListener("input", refreshRate);
    setRate(data.rate);
    drawHistory();
}
