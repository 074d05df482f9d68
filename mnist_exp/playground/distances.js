'use strict';
// Distances between pixels, and percentiles of them.

// The exact Euclidean distance of each pixel to the nearest one that is set; 0 where it is set itself.
// First along the columns, then along the rows, where the nearest is on the lowest of some parabolas
// (Felzenszwalb and Huttenlocher 2012).
function distanceTo(set, height, width) {
  const far = (height + width) ** 2, squares = new Float64Array(height * width);
  for (let x = 0; x < width; x++) {
    let steps = far;
    for (let y = 0; y < height; y++) {
      steps = set[y * width + x] ? 0 : steps + 1;
      squares[y * width + x] = steps;
    }
    steps = far;
    for (let y = height - 1; y >= 0; y--) {
      steps = set[y * width + x] ? 0 : steps + 1;
      squares[y * width + x] = Math.min(squares[y * width + x], steps) ** 2;
    }
  }
  const vertices = new Int32Array(width), starts = new Float64Array(width + 1), row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    row.set(squares.subarray(y * width, (y + 1) * width));
    lowestParabolas(row, vertices, starts);
    for (let x = 0, k = 0; x < width; x++) {
      while (starts[k + 1] < x) k++;
      squares[y * width + x] = Math.sqrt((x - vertices[k]) ** 2 + row[vertices[k]]);
    }
  }
  return squares;
}

function lowestParabolas(row, vertices, starts) {
  let last = 0;
  vertices[0] = 0;
  starts[0] = -Infinity;
  starts[1] = Infinity;
  for (let x = 1; x < row.length; x++) {
    let crossing;
    for (;;) {
      const vertex = vertices[last];
      crossing = (row[x] + x * x - row[vertex] - vertex * vertex) / (2 * (x - vertex));
      if (crossing > starts[last]) break;
      last--;
    }
    last++;
    vertices[last] = x;
    starts[last] = crossing;
    starts[last + 1] = Infinity;
  }
}

// The value below which a share of the values is, linear between two of them. Changes the order of the values.
function percentile(values, share) {
  const place = share * (values.length - 1), below = Math.floor(place), fraction = place - below;
  const lower = select(values, below);
  if (fraction === 0) return lower;
  let upper = Infinity;
  for (let i = below + 1; i < values.length; i++) if (values[i] < upper) upper = values[i];
  return lower + (upper - lower) * fraction;
}

// Puts the value with this rank at its place, no larger ones before it and no smaller ones behind it.
function select(values, rank) {
  let low = 0, high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank];
}
