//! bzip2: one stream a chunk. Source: the bzip2 manual.

use bzip2::{Compress, Compression, Decompress, Error, Status};

use crate::bounded::sized;
use crate::{Filter, FilterContext, FilterError};

/// Registered filter 307. Client data: the block size in units of 100 kB, 1 to 9 (absent: 9).
#[derive(Debug, Clone, Copy, Default)]
pub struct Bzip2;

impl Filter for Bzip2 {
    fn id(&self) -> u16 {
        307
    }

    fn name(&self) -> &'static str {
        "bzip2"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let limit_bytes = context.max_output_bytes;
        let mut decoder = Decompress::new(false);
        let mut read = 0;
        let mut size = 0;
        output.clear();
        loop {
            // The stream does not state its size: room grows by doubling, up to the bound.
            let room = size.max(input.len()).max(SMALLEST_ROOM).saturating_mul(2).min(limit_bytes);
            sized(output, room)?;
            let step = decode_step(&mut decoder, input, &mut read, output, &mut size)?;
            match step {
                Step::End => break,
                Step::OutputFull if size == limit_bytes => {
                    return finish_full(&mut decoder, input, read, limit_bytes);
                }
                Step::OutputFull => {}
            }
        }
        output.truncate(size);
        Ok(())
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let limit_bytes = context.max_output_bytes.min(output.len());
        let output = output.get_mut(..limit_bytes).unwrap_or_default();
        let mut decoder = Decompress::new(false);
        let (mut read, mut size) = (0, 0);
        match decode_step(&mut decoder, input, &mut read, output, &mut size)? {
            Step::End => {}
            Step::OutputFull => finish_full(&mut decoder, input, read, limit_bytes)?,
        }
        Ok(size)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let level = match context.client_data.first().copied() {
            None => 9,
            Some(level @ 1..=9) => level,
            Some(level) => {
                return Err(FilterError::Parameters(format!("bzip2 block size {level}, expected 1 to 9")));
            }
        };
        let mut encoder = Compress::new(Compression::new(level), 0);
        output.clear();
        // Enough for any input by the manual's bound, so that one call ends the stream.
        output.reserve(input.len().saturating_add(input.len() / 100).saturating_add(600));
        match encoder.compress_vec(input, output, bzip2::Action::Finish) {
            Ok(Status::StreamEnd) => Ok(()),
            Ok(status) => Err(FilterError::Unsupported(format!("bzip2 encoder stopped with {status:?}"))),
            Err(error) => Err(FilterError::Unsupported(format!("bzip2 encoder: {error}"))),
        }
    }
}

enum Step {
    End,
    OutputFull,
}

/// Decodes until the stream ends or `output` is full; `read` and `size` are what has been read and written in all.
fn decode_step(
    decoder: &mut Decompress,
    input: &[u8],
    read: &mut usize,
    output: &mut [u8],
    size: &mut usize,
) -> Result<Step, FilterError> {
    loop {
        let from = input.get(*read..).unwrap_or_default();
        let to = output.get_mut(*size..).unwrap_or_default();
        let (room, left) = (to.len(), from.len());
        let (read_before, written_before) = (decoder.total_in(), decoder.total_out());
        let status = decoder.decompress(from, to).map_err(corrupt)?;
        let step_read = usize::try_from(decoder.total_in().saturating_sub(read_before)).unwrap_or(left);
        let step_written =
            usize::try_from(decoder.total_out().saturating_sub(written_before)).unwrap_or(room);
        *read = read.saturating_add(step_read);
        *size = size.saturating_add(step_written);
        if status == Status::StreamEnd {
            return Ok(Step::End);
        }
        if step_written == room {
            return Ok(Step::OutputFull);
        }
        if step_read == 0 && step_written == 0 {
            return Err(FilterError::Corrupt("bzip2 stream ends early".into()));
        }
    }
}

/// The output is full to its bound: the stream must end here, without a further byte.
fn finish_full(
    decoder: &mut Decompress,
    input: &[u8],
    read: usize,
    limit_bytes: usize,
) -> Result<(), FilterError> {
    let mut one_more = [0];
    let (mut read, mut size) = (read, 0);
    match decode_step(decoder, input, &mut read, &mut one_more, &mut size)? {
        Step::End if size == 0 => Ok(()),
        _ => Err(FilterError::TooLong { limit_bytes }),
    }
}

fn corrupt(error: Error) -> FilterError {
    FilterError::Corrupt(format!("bzip2 stream: {error}"))
}

const SMALLEST_ROOM: usize = 4096;
