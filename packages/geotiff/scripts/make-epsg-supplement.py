"""Writes src/crs/epsg-supplement.json: what the npm package epsg-index lacks or gets wrong, taken from PROJ's registry.

    python3 scripts/make-epsg-supplement.py PATH/TO/epsg-index/all.json > src/crs/epsg-supplement.json

Needs the Python bindings of a recent GDAL (last run with GDAL 3.13.3). `wkt` holds WKT 1 by code, where the
index has none, or where GDAL does not find its WKT to be the same CRS; `proj4` the PROJ string that goes with it.
`replaced` maps deprecated codes to the one GDAL reads instead (OSR_USE_NON_DEPRECATED). `datums` maps codes of datums
to those of a geographic CRS that uses them, for the datums that do not follow EPSG's old rule "CRS = datum - 2000";
`conversions` codes of map projections to those of a projected CRS that uses them. `ellipsoids` are [name, semi-major
axis in metres, inverse flattening or 0], `verticalDatums` names, `primeMeridians` [name, degrees], units [name, metres or radians].
"""
import json
import math
import os
import re
import sqlite3
import sys

from osgeo import gdal, osr

osr.DontUseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")


def registry(code):
    srs = osr.SpatialReference()
    gdal.SetConfigOption("OSR_USE_NON_DEPRECATED", "NO")
    return srs if srs.ImportFromEPSG(code) == 0 else None


def with_axes(wkt):
    """epsg-index leaves the axes out where northing or latitude comes first."""
    if "AXIS[" in wkt:
        return wkt
    axes = 'AXIS["Northing",NORTH],AXIS["Easting",EAST]' if wkt.startswith("PROJCS") else 'AXIS["Latitude",NORTH],AXIS["Longitude",EAST]'
    match = re.search(r',AUTHORITY\["EPSG","\d+"\]\]$', wkt)
    return wkt[: match.start()] + "," + axes + wkt[match.start():] if match else wkt[:-1] + "," + axes + "]"


def is_same(wkt, srs):
    other = osr.SpatialReference()
    if other.ImportFromWkt(wkt) != 0:
        return False
    return bool(other.IsSame(srs, ["IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", "CRITERION=EQUIVALENT"]))


def add(code, srs):
    wkt = srs.ExportToWkt(["FORMAT=WKT1_GDAL"])
    if wkt != "":
        supplement["wkt"][str(code)] = wkt
        supplement["proj4"][str(code)] = srs.ExportToProj4() or None


index = json.load(open(sys.argv[1]))
supplement = {"wkt": {}, "proj4": {}, "replaced": {}, "datums": {}}
for code in range(1024, 32768):
    srs = registry(code)
    if srs is None or srs.IsCompound() or srs.IsVertical():
        continue
    if not (srs.IsProjected() or srs.IsGeographic() or srs.IsGeocentric()):
        continue
    if srs.GetAxesCount() == 3 and not srs.IsGeocentric():
        continue
    gdal.SetConfigOption("OSR_USE_NON_DEPRECATED", "YES")
    replacing = osr.SpatialReference()
    replacing.ImportFromEPSG(code)
    replacement = replacing.GetAuthorityCode(None)
    if replacement not in (None, str(code)):
        supplement["replaced"][str(code)] = int(replacement)
        continue
    if srs.IsGeographic():
        datum = srs.GetAuthorityCode("DATUM")
        if datum is not None and int(datum) not in (code + 2000,) and srs.GetAttrValue("PRIMEM", 0) == "Greenwich":
            supplement["datums"].setdefault(datum, code)
    indexed = index.get(str(code), {}).get("wkt")
    if indexed is None or not is_same(with_axes(indexed), srs):
        add(code, srs)
# A few replacements are deprecated themselves; GDAL stops at them all the same.
for code in set(supplement["replaced"].values()):
    if str(code) in supplement["replaced"]:
        add(code, registry(code))

path = next(p for p in osr.GetPROJSearchPaths() if os.path.exists(os.path.join(p, "proj.db")))
db = sqlite3.connect(os.path.join(path, "proj.db"))
units = {str(c): (kind, name, factor) for c, name, kind, factor in db.execute(
    "SELECT code, name, type, conv_factor FROM unit_of_measure WHERE auth_name = 'EPSG' AND conv_factor IS NOT NULL")}
for kind in ("length", "angle"):
    supplement[kind + "Units"] = {c: [n, f] for c, (k, n, f) in units.items() if k == kind and f > 0}
supplement["ellipsoids"] = {}
for c, name, a, rf, b, uom in db.execute(
        "SELECT code, name, semi_major_axis, inv_flattening, semi_minor_axis, uom_code FROM ellipsoid WHERE auth_name = 'EPSG'"):
    if uom == "9001" or uom == 9001:
        supplement["ellipsoids"][str(c)] = [name, a, rf if rf is not None else (0 if b is None or a == b else a / (a - b))]
supplement["primeMeridians"] = {}
for c, name, longitude, uom in db.execute("SELECT code, name, longitude, uom_code FROM prime_meridian WHERE auth_name = 'EPSG'"):
    if str(uom) == "9110":  # sexagesimal DD.MMSS
        text = "%.10f" % abs(longitude)
        d, f = text.split(".")
        degrees = math.copysign(int(d) + int(f[:2]) / 60 + float(f[2:4] + "." + f[4:]) / 3600, longitude)
    else:
        degrees = math.degrees(longitude * units[str(uom)][2])
    supplement["primeMeridians"][str(c)] = [name, float("%.12g" % degrees)]
supplement["verticalDatums"] = dict(
    (str(code), name) for code, name in db.execute("SELECT code, name FROM vertical_datum WHERE auth_name = 'EPSG'"))
supplement["conversions"] = {}
for conversion, code in db.execute(
        "SELECT conversion_code, code FROM projected_crs WHERE auth_name = 'EPSG' AND conversion_auth_name = 'EPSG' "
        "ORDER BY deprecated, CAST(code AS INTEGER)"):
    if 10000 <= int(conversion) < 20000:
        supplement["conversions"].setdefault(str(conversion), int(code))
json.dump(supplement, sys.stdout, indent=0, separators=(",", ":"))
print()
