//! How many rows a schema has: what is short is shown wherever it is used, without a jump.

/// How much there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Size {
    /// So little that it stands at every place that uses it.
    Short,
    /// Enough to be linked, but not where it is a part of an `allOf`, whose rows are those of the whole.
    Middle,
    /// Linked at every place, and so is what leads back to itself.
    Long,
}

/// Rows from which on a schema is linked.
const MIDDLE: u32 = 8;
/// Rows from which on a part of an `allOf` is linked.
const LONG: u32 = 40;

/// The sizes of all schemas. The first edges of each, as many as `parts` says, lead to the parts of its `allOf`. Those that are
/// not `used_often` have a place of their own because of their depth, and keep to it.
pub(super) fn sizes(
    edges: &[Vec<u32>],
    parts: &[usize],
    cycles: &[u32],
    shared: &[bool],
    used_often: &[bool],
) -> Vec<Size> {
    let mut members = vec![0_u32; edges.len()];
    for cycle in cycles {
        members[*cycle as usize] += 1;
    }
    let mut rows = vec![0_u32; edges.len()];
    let mut sizes = vec![Size::Long; edges.len()];
    // Cycles are numbered from the leaves up.
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|number| cycles[*number]);
    for number in order {
        let own = number as u32;
        let returns = members[cycles[number] as usize] > 1 || edges[number].contains(&own);
        if returns {
            // What of it is not shared is a tree that ends at what is; how large that is matters to nobody.
            rows[number] = LONG;
            continue;
        }
        let of = |(at, child): (usize, &u32)| {
            let child = *child as usize;
            let is_part = at < parts[number] && sizes[child] == Size::Middle;
            match shared[child] && sizes[child] != Size::Short && !is_part {
                true => 1,
                false => rows[child].saturating_add(1),
            }
        };
        let shown = edges[number].iter().enumerate().map(of);
        rows[number] = shown.fold(0, u32::saturating_add);
        let keeps_to_its_place = shared[number] && !used_often[number];
        sizes[number] = match rows[number] {
            _ if keeps_to_its_place => Size::Long,
            0..MIDDLE => Size::Short,
            MIDDLE..LONG => Size::Middle,
            _ => Size::Long,
        };
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::{super::graph, *};

    fn check(edges: &[Vec<u32>], shared: &[bool]) -> Vec<Size> {
        let parts = vec![0; edges.len()];
        sizes(edges, &parts, &graph::cycles(edges).0, shared, shared)
    }

    #[test]
    fn what_has_few_rows_is_short_and_what_returns_is_long() {
        let mut edges = vec![vec![1, 1, 2], vec![], vec![2]];
        edges.push(vec![1; 8]);
        edges.push(vec![1; 40]);
        let all = vec![true; edges.len()];
        assert_eq!(
            check(&edges, &all),
            [
                Size::Short,
                Size::Short,
                Size::Long,
                Size::Middle,
                Size::Long
            ]
        );
    }

    #[test]
    fn what_is_shown_within_counts_and_what_is_linked_is_one_row() {
        let edges = vec![vec![1; 4], vec![2], vec![]];
        assert_eq!(check(&edges, &[true; 3])[0], Size::Middle);
        let edges = vec![vec![1; 4], vec![2; 9], vec![]];
        assert_eq!(check(&edges, &[true; 3])[0], Size::Short);
    }

    #[test]
    fn parts_count_with_all_their_rows() {
        // Each has ten rows, and the one before as a part.
        let mut edges = vec![vec![], vec![0; 10]];
        edges.extend((1..9).map(|part| [vec![part], vec![0; 10]].concat()));
        let parts: Vec<usize> = (0..edges.len())
            .map(|number| usize::from(number > 1))
            .collect();
        let all = vec![true; edges.len()];
        let sizes = sizes(&edges, &parts, &graph::cycles(&edges).0, &all, &all);
        assert_eq!(sizes[1..4], [Size::Middle; 3]);
        assert_eq!(sizes[4], Size::Long);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let mut edges: Vec<Vec<u32>> = (1..100_000).map(|next| vec![next]).collect();
        edges.push(Vec::new());
        let sizes = check(&edges, &vec![true; edges.len()]);
        // Eight rows are too many to stand anywhere else, and begin anew behind a link.
        assert!(sizes.iter().filter(|size| **size == Size::Short).count() > 80_000);
        assert!(sizes.contains(&Size::Middle));
    }
}
