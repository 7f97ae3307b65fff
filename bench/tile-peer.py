"""Makes Web Mercator tiles with GDAL, one after the other, as tile servers built upon it do: opens the dataset for each
tile, warps it to the tile's grid (nearest, from overviews, with alpha), and packs a PNG.

    python3 tile-peer.py FILE < TILES

TILES is a list of [z, x, y]. Prints {"version", "openMs", "warpMs", "packMs"}, a list of milliseconds each. Runs on GDAL 3.6
and later, without numpy, in one process whose block cache stays warm between tiles.
"""

import json
import sys
import time

from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")
gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")

HALF = 20037508.342789244
SIZE = 256


def make_tile(path, z, x, y):
    side = 2 * HALF / 2**z
    west, north = -HALF + x * side, HALF - y * side
    times = [time.perf_counter()]
    dataset = gdal.Open(path)
    times.append(time.perf_counter())
    warped = gdal.Warp("", dataset, format="MEM", dstSRS="EPSG:3857", outputBounds=[west, north - side, west + side, north],
                       width=SIZE, height=SIZE, resampleAlg="near", dstAlpha=True)
    times.append(time.perf_counter())
    gdal.GetDriverByName("PNG").CreateCopy("/vsimem/tile.png", warped)
    gdal.Unlink("/vsimem/tile.png")
    times.append(time.perf_counter())
    return [1000 * (after - before) for before, after in zip(times, times[1:])]


def main(path):
    tiles = json.load(sys.stdin)
    make_tile(path, *tiles[0])
    opened, warped, packed = zip(*[make_tile(path, *tile) for tile in tiles])
    print(json.dumps({"version": gdal.__version__, "openMs": opened, "warpMs": warped, "packMs": packed}))


main(sys.argv[1])
