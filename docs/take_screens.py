"""Take the pictures of docs/screens from a running demonstration: python docs/take_screens.py [URL]
(needs requirements-dev.txt, chromium, pdftoppm)."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent / "screens"
GUIDE = "guides/spread-to-the-liver/"
PHONE, DESK = (390, 844), (1280, 900)
# Name: (address, window, dark, what stands at the top of the picture)
SCREENS = {
    "guide": (f"en/{GUIDE}", DESK, False, None),
    "guide-phone": (f"en/{GUIDE}", PHONE, False, ".key-points"),
    "guide-dark": (f"en/{GUIDE}", DESK, True, ".urgent"),
    "topic-phone-arabic": (f"ar/{GUIDE}surgery/", PHONE, False, "figure.number"),
    "glossary-chinese": ("zh-hans/glossary/", DESK, False, None),
    "visit-plan-phone": ("en/visit-plan/", PHONE, False, "fieldset"),
    "first-page": ("en/", DESK, False, None),
}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--hide-scrollbars"]
COLOURS = 128


def keep(name, png):
    """Store a picture with few colours: text on a plain ground loses nothing by it."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path = HERE / f"{name}.png"
    picture.save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} KB\n")


def screen(browser, url, name):
    address, (width, height), dark, top = SCREENS[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        service_workers="block",
    )
    page = context.new_page()
    page.goto(f"{url}/{address}", wait_until="networkidle")
    if top:
        page.evaluate(
            """top => {
                const place = document.querySelector(top).getBoundingClientRect();
                scrollTo({top: place.top - 72, behavior: "instant"});
            }""",
            top,
        )
    keep(name, page.screenshot())
    context.close()


def printed(browser, url):
    """The first sheet of the guide as a browser prints it."""
    page = browser.new_page()
    page.goto(f"{url}/en/{GUIDE}", wait_until="networkidle")
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet"
        page.pdf(path=sheet.with_suffix(".pdf"), format="A4")
        ask = [
            which("pdftoppm"),
            "-png",
            "-r",
            "80",
            "-singlefile",
            sheet.with_suffix(".pdf"),
            sheet,
        ]
        subprocess.run(ask, check=True)  # noqa: S603
        keep("guide-printed", sheet.with_suffix(".png").read_bytes())


def main(url="http://127.0.0.1:8000"):
    HERE.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name in SCREENS:
            screen(browser, url, name)
        printed(browser, url)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
