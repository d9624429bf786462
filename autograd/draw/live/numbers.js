// Numbers and elements.

// A number as text of at most so many significant digits, with a true minus sign.
function format(x, digits = 4) {
    if (Number.isNaN(x)) {
        return "NaN";
    }
    if (!Number.isFinite(x)) {
        return x > 0 ? "∞" : "−∞";
    }
    const size = Math.abs(x);
    // Before the point no digit is made up: 12,345.6 is 12346, not 12350.
    const whole = Math.floor(Math.log10(size)) + 1;
    const plain = size === 0 || (size >= 1e-4 && whole <= 6);
    const text = plain ? String(Number(x.toPrecision(Math.max(digits, whole)))) : x.toExponential(digits - 1);
    return text.replace(/\.?0+e/, "e").replace("e+", "e").replaceAll("-", "−");
}

// The number nearest to x of those with one digit of 1, 2 or 5, not below it.
function roundUp(x) {
    const decade = 10 ** Math.floor(Math.log10(x));
    const step = [1, 2, 5, 10].find((digit) => digit * decade >= x * (1 - 1e-12));
    return (step ?? 10) * decade;
}

// A small whole number below the line.
function subscript(number) {
    return String(number).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

// "positive", "negative" or "zero".
function signOf(x) {
    return x > 0 ? "positive" : x < 0 ? "negative" : "zero";
}

const SVG = "http://www.w3.org/2000/svg";

// An element with attributes and children; text is never read as markup.
function element(name, attributes = {}, ...children) {
    return filled(document.createElement(name), attributes, children);
}

// The same in a drawing.
function shape(name, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value !== null && value !== undefined && value !== false) {
            made.setAttribute(name, value === true ? "" : value);
        }
    }
    made.append(...children.filter((child) => child !== null));
    return made;
}

function byId(id) {
    return document.getElementById(id);
}

// A text of at most so many characters.
function shorten(text, length) {
    const characters = Array.from(text);
    return characters.length <= length ? text : characters.slice(0, length - 1).join("") + "…";
}

function clamp(x, low, high) {
    return Math.min(Math.max(x, low), high);
}
