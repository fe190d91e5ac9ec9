"""How soon text and picture of an edition's first screen stand, read from the disk with a processor slowed four times.

`python -m benchmarks.first_screen EDITION` opens the page some times in a Chromium and prints the medians in ms
to the first text, to the first picture laid out, and to all figures drawn.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from statistics import median

SLOWED = 4
# When the picture of 1,000 contacts has its place: the first frame after which it is measured to have one.
WATCH = """(() => { const look = () => {
  const picture = document.querySelector('.thousand svg');
  if (picture && picture.getBoundingClientRect().height > 0) { window.pictureAt = performance.now(); }
  else { requestAnimationFrame(look); } };
  requestAnimationFrame(look); })()"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
DRAWN = "document.querySelectorAll('.plot .main-svg').length >= document.querySelectorAll('.plot').length"


def main() -> None:
    """Open the page and print the medians."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_screen", description=__doc__)
    parser.add_argument("edition", type=Path, help="folder of an edition")
    parser.add_argument("--times", type=int, default=5)
    chosen = parser.parse_args()
    address = (chosen.edition.resolve() / "index.html").as_uri()
    found: list[tuple[float, float, float]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(chosen.times):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
            page.add_init_script(WATCH)
            page.goto(address, wait_until="commit")
            page.wait_for_function(f"window.pictureAt && {PAINTED}", timeout=120_000)
            text, picture = page.evaluate(f"[{PAINTED}, window.pictureAt]")
            page.wait_for_function(DRAWN, timeout=300_000)
            found.append((text, picture, page.evaluate("performance.now()")))
            page.close()
        browser.close()
    names = ("first text", "first picture", "all figures drawn")
    for name, values in zip(names, zip(*found, strict=True), strict=True):
        print(f"{name:<18} {median(values):>8,.0f} ms (of {chosen.times}: {min(values):,.0f} to {max(values):,.0f})")


if __name__ == "__main__":
    main()
