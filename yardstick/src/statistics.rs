//! Medians, percentiles, and how fast a cost grows.

use std::time::Duration;

/// The value below which the share `share` (0 to 1) of the values lies, by nearest rank; none of
/// none.
pub(crate) fn percentile(values: &mut [Duration], share: f64) -> Option<Duration> {
    values.sort_unstable();
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1).min(values.len().saturating_sub(1))).copied()
}

/// The middle one of some numbers; not a number for none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = middle.checked_sub(1).and_then(|lower| values.get(lower)).copied();
    lower.map_or(upper, |lower| (lower + upper) / 2.0)
}

/// The exponent `e` of the power law `cost = c * size^e` that fits the points best (least squares
/// of the logarithms). Costs that grow as the size have 1; a part that does not grow lowers it.
pub(crate) fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, cost)| (size.ln(), cost.ln())).collect();
    let count = logs.len() as f64;
    let mean_x = logs.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = logs.iter().map(|(_, y)| y).sum::<f64>() / count;
    let covariance: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    covariance / variance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let of = |count: u64, share| {
            let mut values: Vec<_> = (1..=count).rev().map(Duration::from_millis).collect();
            percentile(&mut values, share).map(|value| value.as_millis())
        };
        assert_eq!(of(100, 0.5), Some(50));
        assert_eq!(of(100, 0.99), Some(99));
        assert_eq!(of(100, 1.0), Some(100));
        assert_eq!(of(3, 0.5), Some(2));
        assert_eq!(of(1, 0.99), Some(1));
        assert_eq!(of(5, 0.0), Some(1));
        assert_eq!(of(0, 0.5), None);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
        assert!(median(vec![]).is_nan());
    }

    #[test]
    fn the_exponent_is_that_of_the_power_law() {
        let points = |law: fn(f64) -> f64| -> Vec<(f64, f64)> {
            [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0].map(|size| (size, law(size))).to_vec()
        };
        assert!((exponent(&points(|size| 3.0 * size)) - 1.0).abs() < 1e-9);
        assert!((exponent(&points(|size| 0.2 * size * size)) - 2.0).abs() < 1e-9);
        assert!(exponent(&points(|_| 7.0)).abs() < 1e-9);
        assert!(exponent(&points(|size| 10.0 + size)) < 1.0);
    }
}
