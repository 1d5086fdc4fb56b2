// The chart of the Stats page: the numbers of the table behind it, drawn by uPlot.

function draw(box, data) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  const name = (seconds) => day.format(new Date(seconds * 1000));
  // Until somebody points at a day, the legend tells of the last one.
  const value = (chart, n, series) => (n ?? chart.data[series].at(-1)).toLocaleString("en-GB");
  const line = (label, stroke, more) => ({ label, stroke, width: 2, points: { show: false }, value, ...more });
  // The legend lies in the padding at the bottom, so that nothing moves when it comes.
  const size = () => ({
    width: box.clientWidth,
    height: box.clientHeight - parseFloat(getComputedStyle(box).paddingBottom),
  });
  const chart = new uPlot(
    {
      ...size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { y: { range: (_, low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
      axes: [
        { ...axis, grid: { show: false }, values: (_, places) => places.map(name), space: 70 },
        { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6], values: (_, places) => places.map((n) => n.toLocaleString("en-GB")) },
      ],
      series: [
        { label: "Day", value: (chart, seconds) => name(seconds ?? chart.data[0].at(-1)) },
        line("Visits", colour("--field"), { fill: colour("--wash"), width: 1.5 }),
        line("Referrals", colour("--accent"), {}),
        line("Successful", colour("--ink"), { dash: [5, 4] }),
      ],
    },
    data,
    box,
  );
  const follow = new ResizeObserver(() => chart.setSize(size()));
  follow.observe(box);
  return () => { follow.disconnect(); chart.destroy(); };
}

const box = document.getElementById("chart");
if (box) {
  const data = JSON.parse(document.getElementById("chart-data").textContent);
  let undraw = draw(box, data);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    undraw();
    undraw = draw(box, data);
  });
}
