// Two pictures of a market on a canvas: how much waits up to each price, and where the price went.

const colors = {
  buy: '#2dc08d',
  sell: '#f2667a',
  line: '#263041',
  soft: '#8b98ad',
  ink: '#e6edf6',
  brand: '#5b9dff',
};
const font = '12px system-ui, "DejaVu Sans", sans-serif';
const reachShare = 0.017;
const margin = { left: 8, right: 56, top: 10, bottom: 22 };

/** The canvas in the pixels of its screen, cleared. */
function begin(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = font;
  return { pen, width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
}

/** Round steps: 1, 2 or 5 times a power of ten. */
function steps(from, to, count) {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((n) => n * power >= rough) * power;
  const list = [];
  for (let value = Math.ceil(from / step) * step; value <= to; value += step) list.push(value);
  return list;
}

function grid({ pen, width, height }, { x, y, prices, amounts, shownPrice, shownAmount }) {
  pen.strokeStyle = colors.line;
  pen.fillStyle = colors.soft;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const amount of amounts) {
    pen.moveTo(margin.left, y(amount));
    pen.lineTo(margin.left + width, y(amount));
  }
  pen.stroke();
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  for (const amount of amounts) pen.fillText(shownAmount(amount), margin.left + width + 8, y(amount));
  pen.textAlign = 'center';
  pen.textBaseline = 'top';
  for (const price of prices)
    if (x(price) > margin.left + 24 && x(price) < margin.left + width - 24)
      pen.fillText(shownPrice(price), x(price), margin.top + height + 6);
}

/** What waits up to each price of those within reach, best first: [cents, total]. */
function totals(levels, middle, reach) {
  let total = 0;
  const near = levels.filter(([cents]) => Math.abs(cents - middle) <= reach);
  return near.map(([cents, quantity]) => {
    total += quantity;
    return [cents, total];
  });
}

export function drawDepth(canvas, { bids, asks }) {
  const size = begin(canvas);
  const { pen, width, height } = size;
  if (bids.length === 0 || asks.length === 0) return;
  const middle = (bids[0][0] + asks[0][0]) / 2;
  // Orders far away from the market would make everything near it narrow.
  const reach = middle * reachShare + (asks[0][0] - bids[0][0]) / 2;
  const [buy, sell] = [totals(bids, middle, reach), totals(asks, middle, reach)];
  const most = Math.max(buy.at(-1)[1], sell.at(-1)[1]) * 1.08;
  const x = (cents) => margin.left + ((cents - middle + reach) / (2 * reach)) * width;
  const y = (amount) => margin.top + height - (amount / most) * height;
  grid(size, {
    x,
    y,
    prices: steps(middle - reach, middle + reach, Math.max(3, width / 110)),
    amounts: steps(0, most, 4).slice(1),
    shownPrice: (cents) => (cents / 100).toFixed(2),
    shownAmount: (amount) => amount.toLocaleString('en'),
  });
  for (const [levels, color, edge] of [
    [buy, colors.buy, middle - reach],
    [sell, colors.sell, middle + reach],
  ]) {
    pen.beginPath();
    pen.moveTo(x(levels[0][0]), y(0));
    let before = 0;
    for (const [cents, total] of levels) {
      pen.lineTo(x(cents), y(before));
      pen.lineTo(x(cents), y(total));
      before = total;
    }
    pen.lineTo(x(edge), y(before));
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.stroke();
    pen.lineTo(x(edge), y(0));
    pen.closePath();
    const fill = pen.createLinearGradient(0, margin.top, 0, margin.top + height);
    fill.addColorStop(0, `${color}66`);
    fill.addColorStop(1, `${color}14`);
    pen.fillStyle = fill;
    pen.fill();
  }
  pen.setLineDash([3, 4]);
  pen.strokeStyle = colors.soft;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x(middle), margin.top + 18);
  pen.lineTo(x(middle), margin.top + height);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = colors.ink;
  pen.textAlign = 'center';
  pen.textBaseline = 'top';
  pen.fillText((middle / 100).toFixed(2), x(middle), margin.top);
}

/** @param points - {at, cents}, oldest first */
export function drawPrices(canvas, points) {
  const size = begin(canvas);
  const { pen, width, height } = size;
  if (points.length < 2) return;
  const now = points.at(-1).at;
  const spanMs = Math.max(now - points[0].at, 10_000);
  const all = points.map(({ cents }) => cents);
  const [least, most] = [Math.min(...all) - 5, Math.max(...all) + 5];
  const x = (at) => margin.left + width - ((now - at) / spanMs) * width;
  const y = (cents) => margin.top + height - ((cents - least) / (most - least)) * height;
  grid(size, {
    x: (secondsAgo) => x(now - secondsAgo * 1000),
    y,
    prices: [0.75, 0.5, 0.25].map((share) => (share * spanMs) / 1000),
    amounts: steps(least, most, 4),
    shownPrice: (seconds) => `${Math.round(seconds)} s ago`,
    shownAmount: (cents) => (cents / 100).toFixed(2),
  });
  pen.beginPath();
  points.forEach(({ at, cents }, i) => {
    if (i === 0) pen.moveTo(x(at), y(cents));
    else {
      pen.lineTo(x(at), y(points[i - 1].cents));
      pen.lineTo(x(at), y(cents));
    }
  });
  pen.strokeStyle = colors.brand;
  pen.lineWidth = 2;
  pen.lineJoin = 'round';
  pen.stroke();
  pen.lineTo(x(now), margin.top + height);
  pen.lineTo(x(points[0].at), margin.top + height);
  pen.closePath();
  pen.fillStyle = `${colors.brand}1f`;
  pen.fill();
  const { cents } = points.at(-1);
  pen.fillStyle = colors.brand;
  pen.beginPath();
  pen.arc(x(now), y(cents), 4, 0, 7);
  pen.fill();
}
