// The bill of materials of a package: CycloneDX 1.6 as JSON.
// https://cyclonedx.org/docs/1.6/json/

import { createHash } from "node:crypto";
import { spdx } from "./licences.mjs";

/** A UUID that follows from what it is about (RFC 9562, version 8), so that the same commit makes the same bill. */
function uuid(about) {
  const digits = createHash("sha256").update(about).digest("hex").slice(0, 32).split("");
  digits[12] = "8";
  digits[16] = "89ab"[Number.parseInt(digits[16], 16) & 3];
  return digits.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function repositoryOf(repository) {
  return repository ? { externalReferences: [{ type: "vcs", url: repository }] } : {};
}

function ofCrate({ name, version, license, repository, checksum, features, isOwn }) {
  const purl = isOwn ? {} : { purl: `pkg:cargo/${name}@${version}` };
  const hashes = checksum === undefined ? {} : { hashes: [{ alg: "SHA-256", content: checksum }] };
  const properties = features.map((feature) => ({ name: "cargo:feature", value: feature }));
  return {
    type: "library",
    "bom-ref": `cargo:${name}@${version}`,
    name,
    version,
    ...hashes,
    licenses: [{ expression: spdx(license) }],
    ...purl,
    ...repositoryOf(repository),
    ...(properties.length > 0 ? { properties } : {}),
  };
}

function ofOther({ name, version, license, purl, description, repository }) {
  const ref = { type: "library", "bom-ref": purl, name, version, description };
  return { ...ref, licenses: [{ expression: license }], purl, ...repositoryOf(repository) };
}

/**
 * `about` is the package: `{ name, version, license, description, seconds }`. `crates` are those of `cratesOf`, `others` is
 * what is in it besides, `tools` what made it (`{ name, version }`), `files` what it consists of (`{ path, bytes }`).
 */
export function bill(about, crates, others, tools, files) {
  const { name, version, license, description, seconds } = about;
  const purl = `pkg:npm/${name}@${version}`;
  const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const inside = files
    .map(({ path, bytes }) => ({ type: "file", name: path, hashes: [{ alg: "SHA-256", content: digest(bytes) }] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = crates.filter(({ isOwn }) => isOwn).map((crate) => `cargo:${crate.name}@${crate.version}`);
  const dependencies = [
    { ref: purl, dependsOn: [...own, ...others.map((other) => other.purl)] },
    ...crates.map((crate) => ({
      ref: `cargo:${crate.name}@${crate.version}`,
      dependsOn: crate.uses.map((key) => `cargo:${key.replace(" ", "@")}`),
    })),
    ...others.map((other) => ({ ref: other.purl, dependsOn: [] })),
  ];
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid(JSON.stringify([purl, seconds, inside]))}`,
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1000).toISOString(),
      tools: { components: tools.map((tool) => ({ type: "application", ...tool })) },
      component: {
        type: "library",
        "bom-ref": purl,
        name,
        version,
        description,
        licenses: [{ expression: license }],
        purl,
        components: inside,
      },
    },
    components: [...crates.map(ofCrate), ...others.map(ofOther)],
    dependencies,
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}
