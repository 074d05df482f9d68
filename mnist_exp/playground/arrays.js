'use strict';
// What both the page and its worker do with arrays.

function decodeBytes(base64) {
  const characters = atob(base64), bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

const sizeOf = shape => shape.reduce((product, side) => product * side, 1);
const indexOfLargest = values => values.reduce((best, value, i) => value > values[best] ? i : best, 0);
