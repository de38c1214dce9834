//! Text in columns.

/// Lines with their columns below each other, two spaces apart.
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let most = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..most).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let room = width + 2 - cell.chars().count();
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', room));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let lines = columns(&[row(["a", "é", "x"]), row(["bbb", "", "y"])]);
        assert_eq!(lines, ["a    é  x", "bbb     y"]);
        assert!(columns(&[]).is_empty());
    }
}
