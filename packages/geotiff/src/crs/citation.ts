/**
 * The names in a citation as GDAL and ERDAS write it: `GCS Name = A|Datum = B|Ellipsoid = C|Primem = D|AUnits = E`.
 * A citation without such parts is the name itself, under the key ``.
 */
export function readCitation(citation: string | null): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const part of citation?.split('|') ?? []) {
    const [name, ...value] = part.split(' = ');
    if (value.length > 0) names.set(name!.trim(), value.join(' = ').trim());
    else if (part.trim() !== '') names.set('', part.trim());
  }
  return names;
}

const ESRI_PE = /ESRI PE String = ([\s\S]*)$/;

/** The WKT that Esri's software, and GDAL for what GeoKeys cannot say, puts into a citation; null where there is none. */
export function esriWkt(citations: readonly (string | null)[]): string | null {
  for (const citation of citations) {
    const match = ESRI_PE.exec(citation ?? '');
    if (match !== null) return match[1]!.replace(/\|+\s*$/, '');
  }
  return null;
}

/** Zone and hemisphere of ERDAS's `UTM Zone 18, Northern Hemisphere`; null for other citations. */
export function utmZoneOf(citation: string | null): { readonly zone: number; readonly south: boolean } | null {
  const match = /UTM Zone (\d{1,2}),\s*(North|South)ern Hemisphere/i.exec(citation ?? '');
  const zone = match === null ? 0 : Number(match[1]);
  return zone >= 1 && zone <= 60 ? { zone, south: /south/i.test(match![2]!) } : null;
}
