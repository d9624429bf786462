"""The pictures: the energy's error over time, and the motion itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from demos.figures import new_figure
from demos.pendulum.chain import positions
from demos.pendulum.mechanics import FloatArray
from demos.pendulum.motion import Motion

_INK, _LAST, _FIRST = "#1b2733", "#d9730d", "#5ea9dd"

#: Of the states, one in so many is a frame; the others smooth the trail.
SAMPLES_PER_FRAME = 4

#: How much of the past of the last mass is shown, in seconds.
TRAIL = 1.5


def draw_energy(
    path: Path, tolerances: Sequence[float], motions: Sequence[Motion], scale: float
) -> None:
    """Draw how far the energy is off, over time, for each tolerance of the integrator."""
    from matplotlib import colormaps

    figure = new_figure(8, 4.5)
    axes = figure.subplots()
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, len(motions)))
    for shade, tolerance, motion in zip(shades, tolerances, motions, strict=True):
        # Zero has no logarithm; what is below the last bit of a double may as well be there.
        off = np.maximum(np.abs(motion.energy_errors) / scale, 1e-17)
        axes.semilogy(motion.times, off, color=shade, linewidth=1, label=f"{tolerance:.0e}")
    axes.set(xlabel="time [s]", ylabel="energy off by, relative", ylim=(1e-17, None))
    axes.set_title("The energy, for each tolerance of the integrator")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right center", title="tolerance")
    figure.savefig(path, dpi=120)


def animate(path: Path, motion: Motion, lengths: Sequence[float]) -> None:
    """Write the motion as an animated GIF, as fast as it is."""
    figure = new_figure(4.8, 4.8)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import LineCollection
    from PIL import Image

    n = len(lengths)
    joints = positions(motion.states[:, :n], lengths)
    reach = 1.08 * sum(lengths)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(-reach, reach), ylim=(-reach, reach))
    axes.set_axis_off()
    trail = LineCollection([], linewidths=1.5)
    axes.add_collection(trail)
    (rods,) = axes.plot([], [], color=_INK, linewidth=1.5, zorder=2)
    masses = axes.scatter([0.0] * n, [0.0] * n, s=60, color=_colors(n), zorder=3)
    clock = axes.text(-0.95 * reach, -0.95 * reach, "", color="#707c89")
    axes.plot(0.0, 0.0, "s", color=_INK, markersize=4)
    kept = round(TRAIL / float(motion.times[1]))
    fading = [(*_rgb(_LAST), alpha) for alpha in np.linspace(0.0, 0.8, kept)]
    canvas: Any = FigureCanvasAgg(figure)
    figure.set_dpi(80)
    frames = []
    shown = range(0, len(joints), SAMPLES_PER_FRAME)
    for k in tqdm(shown, unit="frame", delay=2.0, leave=False):
        rods.set_data(joints[k, :, 0], joints[k, :, 1])
        masses.set_offsets(joints[k, 1:])
        past = joints[max(0, k - kept) : k + 1, -1]
        trail.set_segments(list(np.stack([past[:-1], past[1:]], axis=1)))
        trail.set_color(fading[kept - len(past) + 1 :])
        clock.set_text(f"{motion.times[k]:.1f} s")
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
        frames.append(picture.quantize(64, Image.Quantize.FASTOCTREE))
    duration = round(1000.0 * float(motion.times[SAMPLES_PER_FRAME]))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=duration, loop=0)


def _rgb(color: str) -> tuple[float, float, float]:
    return tuple(int(color[i : i + 2], 16) / 255.0 for i in (1, 3, 5))  # type: ignore[return-value]


def _colors(n: int) -> FloatArray:
    """From the first mass's color to the last's."""
    shares = np.linspace(0.0, 1.0, n) if n > 1 else np.ones(1)
    return np.outer(1.0 - shares, _rgb(_FIRST)) + np.outer(shares, _rgb(_LAST))
