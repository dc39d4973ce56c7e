//! Plans for GPUs that are made up.

use super::*;
use crate::report::model::{ALL_LAYERS, Reserve};

const MIB: u64 = 1 << 20;

/// Ten layers of 100 MiB, an output of 200 MiB; 1,024 tokens of a layer's cache take 4 MiB.
fn header() -> Header {
    Header {
        arch: "llama".into(),
        context_train: 32_768,
        layers: 10,
        blocks: vec![Block { bytes: 100 * MIB, cache_width: 2048 }; 10],
        output_bytes: 200 * MIB,
        heads: 16,
        ..Header::default()
    }
}

fn gpu(free: u64) -> Gpu {
    Gpu { name: "GPU".into(), free: free * MIB, total: 8192 * MIB }
}

fn auto(free: &[u64], reserve: u32, num_ctx: Option<u32>) -> (u32, u32) {
    let gpu_reserve = Some(Reserve::Mebibytes(reserve));
    let params = Params { num_ctx, gpu_reserve, ..Params::default() };
    let gpus: Vec<Gpu> = free.iter().map(|&free| gpu(free)).collect();
    let first = plan(&header(), &params, &gpus).first;
    (first.layers, first.num_ctx)
}

#[test]
fn as_many_layers_as_fit_beside_the_reserve() {
    // All: 1,200 MiB of weights, 320 of cache, 256 besides.
    assert_eq!(auto(&[2288], 512, None), (11, 8192));
    // What stays with the processor visits the GPU: one layer less takes more room than all.
    assert_eq!(auto(&[2287], 512, None), (9, 8192));
    // The output, four layers with their cache, what visits, and what is needed besides.
    assert_eq!(auto(&[200 + 4 * 132 + 200 + 256], 0, None), (5, 8192));
    assert_eq!(auto(&[], 512, None), (0, 8192));
    assert_eq!(auto(&[4096], 4097, None), (0, 8192));
    assert_eq!(auto(&[8192], u32::MAX, None), (0, 8192));
}

#[test]
fn a_context_gets_shorter_only_where_no_layer_fits_and_none_was_asked_for() {
    // One layer and the output take 756 MiB and 4 MiB for each 1,024 tokens.
    assert_eq!(auto(&[756 + 32], 0, None), (2, 8192));
    assert_eq!(auto(&[756 + 31], 0, None), (2, 4096));
    assert_eq!(auto(&[756 + 4], 0, None), (2, 1024));
    assert_eq!(auto(&[756 + 3], 0, None), (0, 8192));
    assert_eq!(auto(&[756 + 31], 0, Some(8192)), (0, 8192));
    assert_eq!(auto(&[756 + 8], 0, Some(2048)), (2, 2048));
}

#[test]
fn a_reserve_can_be_a_share_of_the_gpu() {
    let with = |share| {
        let gpu_reserve = Some(Reserve::Percent(share));
        plan(&header(), &Params { gpu_reserve, ..Params::default() }, &[gpu(2288)]).first.layers
    };
    assert_eq!([0, 6, 7, 90].map(with), [11, 11, 9, 0]);
}

#[test]
fn what_was_asked_for_is_tried_as_it_is() {
    let asked = |num_gpu| {
        let params = Params { num_gpu: Some(num_gpu), ..Params::default() };
        plan(&header(), &params, &[gpu(1)]).first.layers
    };
    assert_eq!([0, 3, 11, 12, ALL_LAYERS].map(asked), [0, 3, 11, 11, 11]);
}

#[test]
fn several_gpus_share_the_layers_by_their_free_memory() {
    let params = Params { num_gpu: Some(ALL_LAYERS), ..Params::default() };
    let on = |free: &[u64]| {
        let gpus: Vec<Gpu> = free.iter().map(|&free| gpu(free)).collect();
        plan(&header(), &params, &gpus).bytes.into_iter().map(|bytes| bytes / MIB).collect::<Vec<_>>()
    };
    assert_eq!(on(&[4096]), [1200 + 320 + 256]);
    // Of eleven places, six lie in the first half: six layers, then four and the output.
    assert_eq!(on(&[2048, 2048]), [6 * 132 + 256, 4 * 132 + 200 + 256]);
    assert_eq!(on(&[6000, 2000]), [9 * 132 + 256, 132 + 200 + 256]);
    // A full GPU gets nothing, and its reserve is nobody's concern.
    assert_eq!(on(&[4096, 0]), [1200 + 320 + 256, 0]);
    assert_eq!(auto(&[4096, 0], 512, None), (11, 8192));
    assert_eq!(auto(&[1200, 1200], 0, None), (11, 8192));
}

#[test]
fn attention_of_the_old_kind_and_longer_batches_take_more() {
    let bytes =
        |params: Params| plan(&header(), &Params { num_gpu: Some(11), ..params }, &[gpu(1)]).bytes[0] / MIB;
    assert_eq!(bytes(Params::default()), 1776);
    assert_eq!(bytes(Params { flash_attn: Some(false), ..Params::default() }), 1776 + 256);
    assert_eq!(bytes(Params { kv_type: Some(KvType::F32), ..Params::default() }), 1776 + 320);
    let wordy = Header { vocabulary: 262_144, ..header() };
    let params = Params { num_gpu: Some(11), ..Params::default() };
    assert_eq!(plan(&wordy, &params, &[gpu(1)]).bytes[0] / MIB, 1776 + 512);
}

#[test]
fn a_header_without_layers_is_planned_by_its_size() {
    let header = Header { layers: 3, bytes: 400 * MIB, context_train: 512, ..Header::default() };
    let offload = plan(&header, &Params::default(), &[gpu(2000)]);
    assert_eq!((offload.first.layers, offload.first.num_ctx, offload.bytes[0] / MIB), (4, 512, 656));
}

#[test]
fn after_a_failure_come_fewer_layers_then_a_shorter_context_then_the_processor() {
    let tried = |layers, num_ctx, asked| {
        let params = Params { num_ctx: asked, ..Params::default() };
        let steps = steps(Attempt { layers, num_ctx }, &params);
        steps.into_iter().map(|step| (step.layers, step.num_ctx)).collect::<Vec<_>>()
    };
    let whole = [(19, 8192), (14, 8192), (9, 8192), (4, 8192), (4, 4096), (4, 2048), (4, 1024), (0, 8192)];
    assert_eq!(tried(19, 8192, None), whole);
    assert_eq!(tried(19, 8192, Some(8192)), [(19, 8192), (14, 8192), (9, 8192), (4, 8192), (0, 8192)]);
    assert_eq!(tried(1, 512, None), [(1, 512), (0, 512)]);
    assert_eq!(tried(0, 512, None), [(0, 512)]);
}

#[test]
fn a_step_is_told_with_its_reason() {
    let from = Attempt { layers: 19, num_ctx: 8192 };
    let step =
        |layers| SteppedDown { from, to: Attempt { layers, num_ctx: 8192 }, reason: "out of memory".into() };
    assert_eq!(
        step(9).to_string(),
        "19 layers on the GPU, num_ctx 8192 failed (out of memory); trying 9 layers on the GPU, num_ctx 8192"
    );
    assert!(step(0).to_string().ends_with("; trying the CPU"));
}

#[test]
fn a_gpu_without_room_says_what_is_free() {
    let params = Params { gpu_reserve: Some(Reserve::Mebibytes(4000)), ..Params::default() };
    let refused = |params: &Params| refusal(&plan(&header(), params, &[gpu(700)]), params, &[gpu(700)]);
    let reason = refused(&params);
    assert_eq!(
        reason.as_deref(),
        Some("no layer fits: 700 MiB of the GPU are free, 4000 MiB of them are reserved (gpu_reserve)")
    );
    assert_eq!(refused(&Params { num_gpu: Some(0), ..params }), None);
}
