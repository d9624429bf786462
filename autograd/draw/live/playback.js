// The two passes, one node at a time.

const MILLISECONDS_PER_STEP = 1100;

// Step 0 has the leaves; then every result, operands first; then every gradient, the result's first.
const forwardSteps = nodes.map((_, number) => number).filter((number) => !isLeaf(number));
const backwardSteps = nodes.map((_, number) => number).filter((number) => nodes[number].active);
backwardSteps.reverse();
const stepOfValue = new Map(forwardSteps.map((node, i) => [node, i + 1]));
const stepOfGradient = new Map(
    backwardSteps.map((node, i) => [node, forwardSteps.length + i + 1]),
);

const playback = {
    last: forwardSteps.length + backwardSteps.length,
    step: forwardSteps.length + backwardSteps.length,
    node: null, // what the step computes
    forward: false,
    timer: null,
};

function hasValue(node) {
    return playback.step >= (stepOfValue.get(node) ?? 0);
}

function hasGradient(node) {
    return playback.step >= (stepOfGradient.get(node) ?? Infinity);
}

function goTo(step) {
    playback.step = clamp(step, 0, playback.last);
    playback.forward = playback.step <= forwardSteps.length;
    const steps = playback.forward ? forwardSteps : backwardSteps;
    const position = playback.forward ? playback.step : playback.step - forwardSteps.length;
    playback.node = position ? steps[position - 1] : null;
    changed("step");
}

function play() {
    if (playback.step === playback.last) {
        goTo(0);
    }
    playback.timer = setInterval(() => {
        goTo(playback.step + 1);
        if (playback.step === playback.last) {
            pause();
        }
    }, MILLISECONDS_PER_STEP);
    changed("play");
}

function pause() {
    clearInterval(playback.timer);
    playback.timer = null;
    changed("play");
}

function refreshPlayback() {
    const slider = byId("position");
    const { step, last, node } = playback;
    const inPass = playback.forward ? "Forward" : "Backward";
    const pass = node !== null ? inPass : step === 0 ? "Leaves" : "Complete";
    slider.value = step;
    slider.setAttribute("aria-valuetext", `step ${step} of ${last}, ${pass.toLowerCase()}`);
    byId("count").textContent = `${step} / ${last}`;
    byId("back").disabled = byId("first").disabled = step === 0;
    byId("next").disabled = byId("end").disabled = step === last;
    byId("pass").textContent = pass;
    byId("pass").className = `pass ${pass.toLowerCase()}`;
    const shown = element("div", {}, ...whatHappens());
    if (byId("rule").textContent !== shown.textContent) {
        byId("rule").replaceChildren(...shown.childNodes);
    }
    const item = node === null ? undefined : view.itemOf.get(node);
    if (item !== undefined && view.current && !byId("drawing").classList.contains("other")) {
        reveal(view.current.items[item]);
    }
}

// What happens at this step: the rule with its numbers.
function whatHappens() {
    const { step, node, forward } = playback;
    if (node === null && step > 0) {
        const text = "All values and gradients are there. Play both passes, click on a node to have it explained, or move a leaf.";
        return [element("p", {}, text)];
    }
    if (step === 0) {
        return [element("p", {}, "The leaves have their numbers. Next, every operation in turn.")];
    }
    if (forward) {
        return [equationElement(forwardEquation(node))];
    }
    if (node === output) {
        const start = "Backward: how fast the result changes with itself.";
        return [equationElement(backwardEquation(node)), element("p", {}, start)];
    }
    const shown = uses[node].filter(([user]) => nodes[user].active).slice(0, TERMS_SHOWN);
    const locals = shown.map(([user, k]) => equationElement(localEquation(user, k), "local"));
    const result = [equationElement(backwardEquation(node))];
    return locals.length ? [...result, element("p", { class: "where" }, "where"), ...locals] : result;
}

function startPlayback() {
    const slider = byId("position");
    slider.max = playback.last;
    slider.addEventListener("input", () => goTo(Number(slider.value)));
    byId("first").addEventListener("click", () => goTo(0));
    byId("back").addEventListener("click", () => goTo(playback.step - 1));
    byId("next").addEventListener("click", () => goTo(playback.step + 1));
    byId("end").addEventListener("click", () => goTo(playback.last));
    byId("play").addEventListener("click", () => (playback.timer === null ? play() : pause()));
    document.addEventListener("keydown", (event) => {
        const busy = event.target.closest("input, button, select, .node");
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by && !busy) {
            event.preventDefault();
            goTo(playback.step + by);
        }
    });
    on("step numbers", refreshPlayback);
    on("play", () => {
        const playing = playback.timer !== null;
        byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
        byId("play").classList.toggle("playing", playing);
    });
    refreshPlayback();
}
