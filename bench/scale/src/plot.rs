//! The plot: what the busiest object is asked, by the number of isolates, and around a failure.
//!
//! Job: one SVG that can be read on light and on dark pages: it takes the page's colour scheme and has no background
//! of its own.

use std::fmt::Write;

use crate::report::number;

/// A line of the plot.
pub struct Line {
    /// What it says beside its end.
    pub label: String,
    /// `x` and `y`.
    pub points: Vec<[f64; 2]>,
}

/// One of the plot's panels.
pub struct Panel {
    /// What stands above it.
    pub title: String,
    /// What stands below it.
    pub x_label: String,
    /// Whether each step of `x` is a factor.
    pub is_x_logarithmic: bool,
    /// A line that should not be crossed.
    pub limit: f64,
    /// What was measured.
    pub lines: Vec<Line>,
    /// A part of `x` that is shaded, and why.
    pub shaded: Option<([f64; 2], String)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 48.0;

const STYLE: &str = "<style>
    :root { color-scheme: light dark; }
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; }
    .grid { stroke: #d0d7de; stroke-width: 1; }
    .limit { stroke: #b3261e; stroke-width: 1.5; stroke-dasharray: 6 4; }
    .limit-text { fill: #b3261e; }
    .shade { fill: #d0d7de; opacity: 0.5; }
    path { fill: none; stroke-width: 2; }
    .c0 { stroke: #0550ae; } .t0 { fill: #0550ae; }
    .c1 { stroke: #116329; } .t1 { fill: #116329; }
    .c2 { stroke: #8250df; } .t2 { fill: #8250df; }
    .c3 { stroke: #953800; } .t3 { fill: #953800; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .grid { stroke: #3d444d; }
      .limit { stroke: #ff7b72; } .limit-text { fill: #ff7b72; }
      .shade { fill: #3d444d; }
      .c0 { stroke: #79c0ff; } .t0 { fill: #79c0ff; }
      .c1 { stroke: #7ee787; } .t1 { fill: #7ee787; }
      .c2 { stroke: #d2a8ff; } .t2 { fill: #d2a8ff; }
      .c3 { stroke: #ffa657; } .t3 { fill: #ffa657; }
    }
  </style>";

/// The SVG.
pub fn svg(panels: &[Panel]) -> String {
    let height = HEIGHT * panels.len() as f64;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Questions a second at the busiest object\">\n  {STYLE}\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        let _ = writeln!(
            text,
            "  <g transform=\"translate(0 {})\">",
            HEIGHT * number as f64
        );
        draw(&mut text, panel);
        text.push_str("  </g>\n");
    }
    text.push_str("</svg>\n");
    text
}

/// From what was measured to where it is drawn.
struct Scale {
    least: f64,
    most: f64,
    is_logarithmic: bool,
    from: f64,
    to: f64,
}

impl Scale {
    fn place(&self, value: f64) -> f64 {
        let part = if self.is_logarithmic {
            (value.max(self.least) / self.least).ln() / (self.most / self.least).ln()
        } else {
            (value - self.least) / (self.most - self.least)
        };
        self.from + (self.to - self.from) * part
    }

    /// Where to put marks: at each factor of ten, or at six round numbers.
    fn marks(&self) -> Vec<f64> {
        if !self.is_logarithmic {
            let step = (self.most - self.least) / 5.0;
            return (0..=5)
                .map(|at| self.least + step * f64::from(at))
                .collect();
        }
        let mut marks = vec![self.least];
        while let Some(last) = marks.last()
            && last * 10.0 <= self.most * 1.001
        {
            marks.push(last * 10.0);
        }
        marks
    }
}

fn draw(text: &mut String, panel: &Panel) {
    let all = || panel.lines.iter().flat_map(|line| &line.points);
    let least = all().map(|[x, _]| *x).fold(f64::INFINITY, f64::min);
    let most = all().map(|[x, _]| *x).fold(0.0, f64::max);
    let highest = all().map(|[_, y]| *y).fold(panel.limit * 2.0, f64::max);
    let x = Scale {
        least,
        most,
        is_logarithmic: panel.is_x_logarithmic,
        from: LEFT,
        to: WIDTH - RIGHT,
    };
    let y = Scale {
        least: 1.0,
        most: 10_f64.powf(highest.log10().ceil()),
        is_logarithmic: true,
        from: HEIGHT - BOTTOM,
        to: TOP,
    };
    let _ = writeln!(
        text,
        "    <text class=\"title\" x=\"{LEFT}\" y=\"20\">{}</text>",
        panel.title
    );
    if let Some(([from, until], why)) = &panel.shaded {
        let (from, until) = (x.place(*from), x.place(*until));
        let _ = writeln!(
            text,
            "    <rect class=\"shade\" x=\"{from:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.1}\"/>\n    \
             <text x=\"{:.1}\" y=\"{:.1}\">{why}</text>",
            until - from,
            HEIGHT - TOP - BOTTOM,
            from + 4.0,
            TOP + 14.0
        );
    }
    for mark in y.marks() {
        let at = y.place(mark);
        let _ = writeln!(
            text,
            "    <line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\n    \
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            at + 4.0,
            number(mark.floor()).trim_end_matches(".0")
        );
    }
    for mark in x.marks() {
        let _ = writeln!(
            text,
            "    <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            x.place(mark),
            HEIGHT - BOTTOM + 18.0,
            number(mark).trim_end_matches(".0")
        );
    }
    let _ = writeln!(
        text,
        "    <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        f64::midpoint(LEFT, WIDTH - RIGHT),
        HEIGHT - 10.0,
        panel.x_label
    );
    let limit = y.place(panel.limit);
    let _ = writeln!(
        text,
        "    <line class=\"limit\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{limit:.1}\" y2=\"{limit:.1}\"/>\n    \
         <text class=\"limit-text\" x=\"{:.1}\" y=\"{:.1}\">limit: {}</text>",
        WIDTH - RIGHT,
        LEFT + 6.0,
        limit - 5.0,
        number(panel.limit)
    );
    draw_lines(text, panel, &x, &y);
}

/// The lines, with their labels so far apart that they can be read.
fn draw_lines(text: &mut String, panel: &Panel, x: &Scale, y: &Scale) {
    let mut labels: Vec<(f64, usize)> = Vec::new();
    for (colour, line) in panel.lines.iter().enumerate() {
        let mut path = String::new();
        for (at, [px, py]) in line.points.iter().enumerate() {
            let verb = if at == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{verb}{:.1} {:.1}", x.place(*px), y.place(*py));
        }
        let _ = writeln!(text, "    <path class=\"c{colour}\" d=\"{path}\"/>");
        if let Some([_, last]) = line.points.last() {
            labels.push((y.place(*last), colour));
        }
    }
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut lowest = TOP;
    for (at, colour) in labels {
        let at = at.max(lowest);
        lowest = at + 15.0;
        let _ = writeln!(
            text,
            "    <text class=\"t{colour}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            WIDTH - RIGHT + 8.0,
            at + 4.0,
            panel.lines[colour].label
        );
    }
}
