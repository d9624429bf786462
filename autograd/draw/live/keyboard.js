// The boxes of a picture by keyboard: one of them at a time is a stop of the Tab key, the arrow keys
// go on to the next, Enter and the space bar do what a click does.

// The boxes in sight: {group, x, y, width, height, node, act}; the node is null for a group of them.
let stops = [];

function setStops(boxes) {
    stops = boxes;
    stops.forEach((stop, i) => stop.group.setAttribute("tabindex", i === 0 ? "0" : "-1"));
}

function makeStop(stop) {
    const { group, node, act } = stop;
    group.setAttribute("role", "button");
    group.addEventListener("click", () => {
        makeCurrent(stop);
        act();
    });
    group.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            act();
            if (node !== null) {
                focusDetails();
            }
        } else if (event.key.startsWith("Arrow")) {
            event.preventDefault();
            event.stopPropagation();
            focusStop(nearest(stop, event.key));
        }
    });
    group.addEventListener("focus", () => {
        makeCurrent(stop);
        if (group.matches(":focus-visible")) {
            reveal(stop);
            light(node);
        }
    });
    group.addEventListener("blur", () => light(null));
    group.addEventListener("pointerenter", () => light(node));
    group.addEventListener("pointerleave", () => light(null));
}

function makeCurrent(stop) {
    stops.forEach((other) => other.group.setAttribute("tabindex", other === stop ? "0" : "-1"));
}

function focusStop(stop) {
    stop?.group.focus({ preventScroll: true });
}

// The box of a node in sight.
function stopOf(node) {
    return stops.find((stop) => stop.node === node);
}

// The next box in a direction: near, and rather straight ahead than aside.
function nearest({ x, y }, key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const far = (other) => {
        const along = (other.x - x) * dx + (other.y - y) * dy;
        const across = Math.abs((other.x - x) * dy) + Math.abs((other.y - y) * dx);
        return along > 1 ? along + 2 * across : Infinity;
    };
    const [best] = [...stops].sort((a, b) => far(a) - far(b));
    return far(best) < Infinity ? best : undefined;
}
