// UUIDs of version 5 (RFC 9562). `crypto.subtle` is missing where a page comes over plain HTTP from another host, so SHA-1 is here.

const left = (word, bits) => (word << bits) | (word >>> (32 - bits));

/** The blocks of 16 words that SHA-1 reads: the bytes, a bit, zeros, the length in bits. */
const blocksOf = (bytes) => {
  const padded = new Uint8Array((Math.floor((bytes.length + 8) / 64) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x2000_0000));
  view.setUint32(padded.length - 4, bytes.length << 3);
  return Array.from({ length: padded.length / 64 }, (_, block) => Array.from({ length: 16 }, (_, word) => view.getUint32(block * 64 + word * 4)));
};

const ROUNDS = [
  [(b, c, d) => (b & c) | (~b & d), 0x5a827999], [(b, c, d) => b ^ c ^ d, 0x6ed9eba1],
  [(b, c, d) => (b & c) | (b & d) | (c & d), 0x8f1bbcdc], [(b, c, d) => b ^ c ^ d, 0xca62c1d6],
];

/** The 20 bytes of the SHA-1 hash (FIPS 180-4). */
export const sha1 = (bytes) => {
  let hash = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (const words of blocksOf(bytes)) {
    for (let at = 16; at < 80; at++) words.push(left(words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16], 1));
    let [a, b, c, d, e] = hash;
    words.forEach((word, at) => {
      const [mix, key] = ROUNDS[Math.floor(at / 20)];
      [a, b, c, d, e] = [(left(a, 5) + mix(b, c, d) + e + key + word) | 0, a, left(b, 30), c, d];
    });
    hash = hash.map((word, at) => (word + [a, b, c, d, e][at]) | 0);
  }
  const bytesOut = new DataView(new ArrayBuffer(20));
  hash.forEach((word, at) => bytesOut.setInt32(at * 4, word));
  return new Uint8Array(bytesOut.buffer);
};

const utf8 = new TextEncoder();

/** The number of bytes of a text in UTF-8. */
export const byteLength = (text) => utf8.encode(text).length;

/** The UUID of a name in a namespace, which is a UUID too. */
export const uuid5 = (namespace, name) => {
  const space = namespace.replaceAll("-", "").match(/../g).map((pair) => parseInt(pair, 16));
  const bytes = sha1(new Uint8Array([...space, ...utf8.encode(name)])).slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};
