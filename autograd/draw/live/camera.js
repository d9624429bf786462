// Panning and zooming of what is drawn, by pointer, wheel, fingers and buttons.

const camera = { x: 0, y: 0, scale: 1, width: 1, height: 1 };
const LARGEST_SCALE = 1.25; // to which a small drawing is enlarged when it is fitted
// A drawing that is too small to be read when all of it is in sight begins larger, in part.
const SMALLEST_WHOLE = 0.5;
const LEAST_SCALE = 0.7;
const pointers = new Map();
let dragged = false;

function aim() {
    viewport.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`);
}

// Show a drawing in the middle, at a scale at which all of it is in sight, but not below another.
function fit(width = camera.width, height = camera.height, least = 0) {
    Object.assign(camera, { width, height });
    const { width: w, height: h } = drawing.getBoundingClientRect();
    const whole = Math.min(LARGEST_SCALE, w / width, h / height) || 1;
    camera.scale = whole < SMALLEST_WHOLE ? Math.max(least, whole) : whole;
    // Of what is wider than its room, the beginning is seen.
    camera.x = Math.max((w - width * camera.scale) / 2, 0);
    camera.y = (h - height * camera.scale) / 2;
    aim();
}

function zoom(factor, x, y) {
    const { width: w, height: h, left, top } = drawing.getBoundingClientRect();
    const [cx, cy] = x === undefined ? [w / 2, h / 2] : [x - left, y - top];
    const scale = clamp(camera.scale * factor, 0.02, 8);
    const ratio = scale / camera.scale;
    camera.x = cx - (cx - camera.x) * ratio;
    camera.y = cy - (cy - camera.y) * ratio;
    camera.scale = scale;
    aim();
}

// Bring a part of the drawing into sight if it is not.
function reveal(item) {
    const { width: w, height: h } = drawing.getBoundingClientRect();
    const [x, y] = [item.x * camera.scale + camera.x, item.y * camera.scale + camera.y];
    const marginX = (item.width / 2) * camera.scale + 8;
    const marginY = (item.height / 2) * camera.scale + 8;
    const dx = x < marginX ? marginX - x : x > w - marginX ? w - marginX - x : 0;
    const dy = y < marginY ? marginY - y : y > h - marginY ? h - marginY - y : 0;
    if (camera.width * camera.scale > w || camera.height * camera.scale > h) {
        camera.x += dx;
        camera.y += dy;
        aim();
    }
}

function startCamera() {
    // Inside another page, such as a notebook, the wheel alone scrolls that page.
    const framed = window.parent !== window;
    drawing.addEventListener(
        "wheel",
        (event) => {
            if (!framed || event.ctrlKey || event.metaKey) {
                event.preventDefault();
                zoom(Math.exp(-event.deltaY * 0.0015), event.clientX, event.clientY);
            }
        },
        { passive: false },
    );
    drawing.addEventListener("pointerdown", (event) => {
        pointers.set(event.pointerId, [event.clientX, event.clientY]);
        dragged = false;
    });
    window.addEventListener("pointermove", movePointer);
    for (const end of ["pointerup", "pointercancel"]) {
        window.addEventListener(end, (event) => pointers.delete(event.pointerId));
    }
    // What was dragged is not clicked.
    drawing.addEventListener("click", (event) => dragged && event.stopPropagation(), true);
    drawing.addEventListener("dblclick", () => fit());
    byId("zoom-in").addEventListener("click", () => zoom(1.3));
    byId("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
    byId("zoom-fit").addEventListener("click", () => fit());
    new ResizeObserver(() => fit(camera.width, camera.height, LEAST_SCALE)).observe(drawing);
}

function movePointer(event) {
    const before = pointers.get(event.pointerId);
    if (!before) {
        return;
    }
    const now = [event.clientX, event.clientY];
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    if (others.length) {
        const [ox, oy] = others[0][1];
        const distance = ([x, y]) => Math.hypot(x - ox, y - oy) || 1;
        zoom(distance(now) / distance(before), (now[0] + ox) / 2, (now[1] + oy) / 2);
    } else {
        dragged ||= Math.hypot(now[0] - before[0], now[1] - before[1]) > 3;
        if (!dragged) {
            return;
        }
        camera.x += now[0] - before[0];
        camera.y += now[1] - before[1];
        aim();
    }
    pointers.set(event.pointerId, now);
}
