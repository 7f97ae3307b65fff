"""Writes matplotlib's colour maps as src/color/color-maps.json: `python3 make-color-maps.py > ../src/color/color-maps.json`.

Each map is 256 colours of red, green and blue, one after the other, in base64. Reversed maps (`_r`) are left out: they are the
same colours the other way round. Maps of fewer colours (Set1, tab10, ...) are spread over 256, as matplotlib does.
"""

import base64
import json

import matplotlib
from matplotlib import colormaps

maps = {}
for name in sorted(colormaps, key=str.lower):
    if name.endswith("_r"):
        continue
    colors = colormaps[name](range(256) if colormaps[name].N == 256 else [i / 255 for i in range(256)], bytes=True)
    maps[name] = base64.b64encode(bytes(int(c) for color in colors for c in color[:3])).decode()

print(json.dumps({"source": f"matplotlib {matplotlib.__version__}", "maps": maps}, indent=2))
