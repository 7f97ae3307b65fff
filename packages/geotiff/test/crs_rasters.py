"""Rasters whose CRS is written in every way that GDAL and others write one."""
from osgeo import gdal, osr
from tiny_tiff import geo_keys, image, write_tiff

TIEPOINT = (12, [0, 0, 0, 1, 2, 0])
SCALE = (12, [1, 1, 0])

# What GDAL writes: codes where there are some, else keys, else Esri's WKT in a citation.
BY_GDAL = {
    "utm": "EPSG:32618",
    "wgs84": "EPSG:4326",
    "web-mercator": "EPSG:3857",
    "northing-first": "EPSG:2193",
    "laea-europe": "EPSG:3035",
    "us-survey-feet": "EPSG:2263",
    "feet": "EPSG:2222",
    "grads": "EPSG:4807",
    "paris": "EPSG:27571",
    "swiss": "EPSG:2056",
    "polar": "EPSG:3413",
    "polar-ups": "EPSG:32661",
    "dutch": "EPSG:28992",
    "krovak": "EPSG:5514",
    "south-orientated": "EPSG:2048",
    "british": "EPSG:27700",
    "nad27": "EPSG:26718",
    "compound": "EPSG:32631+5773",
    "compound-geographic": "EPSG:4326+5773",
    "geocentric": "EPSG:4978",
    "google": "EPSG:900913",
    "esri": "ESRI:102008",
    "esri-mollweide": "ESRI:54009",
    "user-utm": "+proj=utm +zone=18 +ellps=WGS84 +units=m",
    "user-utm-south-km": "+proj=utm +zone=33 +south +datum=WGS84 +units=km",
    "tmerc-us-ft": "+proj=tmerc +lat_0=1 +lon_0=2 +k=0.9 +x_0=3 +y_0=4 +datum=WGS84 +units=us-ft",
    "tmerc-south": "+proj=tmerc +axis=wsu +lat_0=0 +lon_0=19 +k=1 +x_0=1 +y_0=2 +ellps=bessel",
    "lcc-2": "+proj=lcc +lat_1=33 +lat_2=45 +lat_0=39 +lon_0=-96 +x_0=1 +y_0=2 +datum=NAD83 +units=ft",
    "lcc-1": "+proj=lcc +lat_1=33 +lat_0=33 +lon_0=-96 +k_0=0.99 +x_0=1 +y_0=2 +ellps=clrk66",
    "albers": "+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +x_0=1 +y_0=2 +datum=NAD83",
    "mercator-1": "+proj=merc +lon_0=10 +k=0.9 +x_0=1 +y_0=2 +datum=WGS84",
    "mercator-2": "+proj=merc +lat_ts=30 +lon_0=10 +x_0=1 +y_0=2 +datum=WGS84",
    "polar-true-scale": "+proj=stere +lat_0=90 +lat_ts=71 +lon_0=-96 +x_0=1 +y_0=2 +datum=WGS84",
    "polar-south": "+proj=stere +lat_0=-90 +lon_0=0 +k=0.97 +x_0=1 +y_0=2 +datum=WGS84",
    "oblique-stereographic": "+proj=sterea +lat_0=52 +lon_0=5 +k=0.9999 +x_0=1 +y_0=2 +ellps=bessel",
    "stereographic": "+proj=stere +lat_0=52 +lon_0=5 +k=0.9999 +x_0=1 +y_0=2 +ellps=bessel",
    "laea": "+proj=laea +lat_0=52 +lon_0=10 +x_0=1 +y_0=2 +ellps=GRS80",
    "hotine": "+proj=omerc +no_uoff +lat_0=4 +lonc=115 +alpha=53 +gamma=53.1 +k=0.99984 +x_0=1 +y_0=2 +ellps=evrstSS",
    "hotine-center": "+proj=omerc +lat_0=4 +lonc=115 +alpha=53 +gamma=53.1 +k=0.99984 +x_0=1 +y_0=2 +ellps=evrstSS",
    "equirectangular": "+proj=eqc +lat_ts=30 +lon_0=10 +x_0=1 +y_0=2 +datum=WGS84",
    "sinusoidal": "+proj=sinu +lon_0=10 +x_0=1 +y_0=2 +a=6371007.181 +b=6371007.181",
    "cassini": "+proj=cass +lat_0=10 +lon_0=20 +x_0=1 +y_0=2 +ellps=clrk80",
    "polyconic": "+proj=poly +lat_0=10 +lon_0=20 +x_0=1 +y_0=2 +ellps=clrk66",
    "azimuthal-equidistant": "+proj=aeqd +lat_0=10 +lon_0=20 +x_0=1 +y_0=2 +datum=WGS84",
    "equidistant-conic": "+proj=eqdc +lat_1=33 +lat_2=45 +lat_0=39 +lon_0=-96 +x_0=1 +y_0=2 +datum=NAD83",
    "cylindrical-equal-area": "+proj=cea +lat_ts=30 +lon_0=10 +x_0=1 +y_0=2 +datum=WGS84",
    "miller": "+proj=mill +lon_0=10 +x_0=1 +y_0=2 +datum=WGS84",
    "robinson": "+proj=robin +lon_0=10 +x_0=1 +y_0=2 +datum=WGS84",
    "mollweide": "+proj=moll +lon_0=10 +datum=WGS84",
    "gnomonic": "+proj=gnom +lat_0=10 +lon_0=20 +datum=WGS84",
    "orthographic": "+proj=ortho +lat_0=10 +lon_0=20 +datum=WGS84",
    "new-zealand": "+proj=nzmg +lat_0=-41 +lon_0=173 +x_0=2510000 +y_0=6023150 +ellps=intl",
    "van-der-grinten": "+proj=vandg +lon_0=10 +R=6371007",
    "longlat-paris": "+proj=longlat +ellps=clrk66 +pm=paris",
    "longlat-ellipsoid": "+proj=longlat +a=6378000 +rf=300",
    "longlat-sphere": "+proj=longlat +R=6371000",
    "longlat-nad27": "+proj=longlat +datum=NAD27",
    "local": 'LOCAL_CS["Site grid",UNIT["metre",1]]',
}

WGS84 = {1024: 1, 1025: 1, 3072: 32767, 2048: 4326}
TMERC = {**WGS84, 3075: 1, 3080: -75.0, 3081: 1.0, 3082: 500000.0, 3083: 7.0, 3092: 0.9996}
PE = ('ESRI PE String = PROJCS["My",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
      'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Mollweide"],PARAMETER["False_Easting",0.0],'
      'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",10.0],UNIT["Meter",1.0]]')
NAMES = "GCS Name = A|Datum = B|Ellipsoid = C|Primem = D|AUnits = E|"

# What others write, and contradictions.
BY_KEYS = {
    "no-model": {3072: 32618},
    "geographic-and-projected-code": {1024: 2, 3072: 32618, 2048: 4269},
    "projected-code-is-geographic": {1024: 1, 3072: 4326},
    "geographic-code-is-projected": {1024: 2, 2048: 32618},
    "other-base": {1024: 1, 3072: 32618, 2048: 4269},
    "other-datum": {1024: 1, 3072: 32618, 2050: 6269},
    "other-unit": {1024: 1, 3072: 32618, 3076: 9003},
    "metres-for-feet": {1024: 1, 3072: 2263, 3076: 9001},
    "citations": {1024: 1, 3072: 32618, 1026: "foo", 3073: "bar"},
    "other-easting": {1024: 1, 3072: 32618, 3075: 1, 3080: -75.0, 3081: 0.0, 3082: 400000.0, 3083: 0.0, 3092: 0.9996},
    "same-parameters": {1024: 1, 3072: 32618, 3075: 1, 3080: -75.0, 3081: 0.0, 3082: 500000.0, 3083: 0.0, 3092: 0.9996},
    "deprecated": {1024: 1, 3072: 2036},
    "deprecated-datum": {1024: 2, 2048: 4030},
    "geographic-overrides": {1024: 2, 2048: 4326, 2050: 6269, 2054: 9105, 2057: 6378000.0, 2059: 300.0},
    "datum-only": {1024: 2, 2048: 32767, 2050: 6326},
    "datum-new": {1024: 2, 2048: 32767, 2050: 1116},
    "ellipsoid-only": {1024: 2, 2048: 32767, 2056: 7008},
    "axes-only": {1024: 2, 2048: 32767, 2057: 6378206.4, 2058: 6356583.8},
    "sphere": {1024: 2, 2048: 32767, 2057: 6371000.0, 2059: 0.0},
    "prime-meridian-code": {1024: 2, 2048: 32767, 2050: 6275, 2051: 8903},
    "prime-meridian": {1024: 2, 2048: 32767, 2050: 6275, 2051: 32767, 2061: 2.5},
    "all-names": {1024: 2, 2048: 32767, 2049: NAMES, 2050: 32767, 2056: 32767, 2057: 6378000.0, 2059: 298.0, 2061: 3.0},
    "geocentric": {1024: 3, 2048: 4326, 2052: 9001},
    "zone-north": {**WGS84, 3074: 16018, 3076: 9001},
    "zone-south-us-ft": {**WGS84, 3074: 16118, 3076: 9003},
    "state-plane": {1024: 1, 3072: 32767, 2048: 4267, 3074: 10101, 3076: 9003},
    "state-plane-83": {1024: 1, 3072: 32767, 2048: 4269, 3074: 10131, 3076: 9001},
    "tmerc": TMERC,
    "tmerc-km": {**TMERC, 3076: 9036},
    "tmerc-user-unit": {**TMERC, 3076: 32767, 3077: 0.5},
    "tmerc-grads": {**TMERC, 2054: 9105},
    "tmerc-center-keys": {**WGS84, 3075: 1, 3088: -75.0, 3089: 1.0, 3093: 0.9996, 3082: 5.0, 3083: 6.0},
    "tmerc-false-origin-keys": {**WGS84, 3075: 1, 3084: -75.0, 3085: 1.0, 3086: 5.0, 3087: 6.0},
    "hotine-no-rectified-angle": {**WGS84, 3075: 3, 3088: 115.0, 3089: 4.0, 3094: 53.0, 3093: 0.9, 3082: 1.0, 3083: 2.0},
    "laborde": {**WGS84, 3075: 4, 3088: 46.0, 3089: -18.0, 3094: 18.9, 3093: 0.9995, 3082: 4e5, 3083: 8e5},
    "lcc-2-natural-origin": {**WGS84, 3075: 8, 3078: 33.0, 3079: 45.0, 3080: -96.0, 3081: 39.0, 3082: 1.0, 3083: 2.0},
    "lcc-1-no-scale": {**WGS84, 3075: 9, 3080: -96.0, 3081: 39.0},
    "polar-natural-longitude": {**WGS84, 3075: 15, 3080: -45.0, 3081: 70.0, 3082: 1.0, 3083: 2.0},
    "polar-south-scale": {**WGS84, 3075: 15, 3095: -45.0, 3081: -71.0, 3092: 1.0},
    "equirectangular-natural": {**WGS84, 3075: 17, 3080: 10.0, 3081: 20.0, 3078: 30.0},
    "sinusoidal-natural": {**WGS84, 3075: 24, 3080: 10.0},
    "heights-of-1-0": {1024: 1, 3072: 32631, 4096: 5773},
    "local-model": {1024: 32767, 1026: "Local thing", 3076: 9001},
    "esri-wkt": {1024: 32767, 1025: 1, 2048: 32767, 3073: PE},
    # nothing that could be placed
    "raster-type-only": {1025: 1},
    "unknown-code": {1024: 1, 3072: 30000},
    "unknown-method": {**WGS84, 3075: 77, 3080: 10.0},
    "no-projection": WGS84,
    "geographic-without-model": {2048: 4326},
}


# GeoTIFF 1.1, where vertical keys count.
HEIGHTS = {
    "known": {1024: 1, 3072: 32631, 4096: 5773},
    "feet": {1024: 1, 3072: 32631, 4096: 6360},
    "geographic": {1024: 2, 2048: 4326, 4096: 5773},
    "user": {1024: 1, 3072: 32631, 4096: 32767, 4097: "My heights", 4099: 9002},
    "user-datum": {1024: 1, 3072: 32631, 4096: 32767, 4097: "My heights", 4098: 5103, 4099: 9002},
    "of-user-crs": {**TMERC, 3076: 9001, 4096: 5773},
}


def make_crs_rasters(folder):
    for name, text in BY_GDAL.items():
        srs = osr.SpatialReference()
        srs.SetFromUserInput(text)
        path = folder.file(f"crs-gdal-{name}.tif")
        dataset = gdal.GetDriverByName("GTiff").Create(path, 4, 4)
        dataset.SetGeoTransform([1, 1, 0, 1, 0, -1])
        dataset.SetSpatialRef(srs)
        dataset = None
        folder.names.append(f"crs-gdal-{name}.tif")
    for name, keys in BY_KEYS.items():
        tags = {**image(), **geo_keys(keys), 33922: TIEPOINT, 33550: SCALE}
        write_tiff(folder.file(f"crs-keys-{name}.tif"), [tags])
        folder.names.append(f"crs-keys-{name}.tif")
    for name, keys in HEIGHTS.items():
        for scale in (0, 2):
            tiepoint = [0, 0, 3, 1, 2, 5] if scale else TIEPOINT[1]
            placed = {33922: (12, tiepoint), 33550: (12, [1, 1, scale])}
            write_tiff(folder.file(f"crs-heights-{name}-{scale}.tif"), [{**image(), **geo_keys(keys, 1), **placed}])
            folder.names.append(f"crs-heights-{name}-{scale}.tif")
