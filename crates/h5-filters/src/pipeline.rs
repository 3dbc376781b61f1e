use std::fmt;
use std::mem;
use std::sync::Arc;

use crate::registry::registered_name;
use crate::{Filter, FilterContext, FilterError, Registry};

/// One filter of a pipeline as the filter pipeline message describes it: specification 4.0, IV.A.2.l.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Filter identification value.
    pub id: u16,
    /// Flags; bit 0 set: the filter is optional, and a chunk may be stored without it.
    pub flags: u16,
    /// The name that the file gives, if it gives one.
    pub name: Option<String>,
    /// Client data values.
    pub client_data: Vec<u32>,
}

impl Stage {
    /// Whether a chunk may be stored without this filter.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// The filters of a dataset, in the order in which a chunk passes them when it is written.
///
/// A filter that is missing is an error when a chunk needs it, not before: chunks whose mask leaves it out can be read.
///
/// ```
/// use h5_filters::{Pipeline, Registry, Scratch, Stage};
///
/// let stage = |id, client_data| Stage { id, flags: 1, name: None, client_data };
/// let pipeline = Pipeline::new([stage(2, vec![8]), stage(1, vec![4])], &Registry::standard());
/// let chunk = [7_u8; 800];
/// let mut scratch = Scratch::default();
/// let (stored, filter_mask) = pipeline.encode(&chunk, &mut scratch)?;
///
/// let mut decoded = [0; 800];
/// assert_eq!(pipeline.decode_into(filter_mask, &stored, &mut decoded, &mut scratch)?, 800);
/// assert_eq!(decoded, chunk);
/// # Ok::<(), h5_filters::PipelineError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Pipeline {
    stages: Vec<(Stage, Option<Arc<dyn Filter>>)>,
}

/// Buffers between stages, kept from chunk to chunk so that none is allocated for each.
#[derive(Debug, Default)]
pub struct Scratch {
    current: Vec<u8>,
    next: Vec<u8>,
}

/// Why a chunk did not pass a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PipelineError {
    /// The chunk needs a filter that is not in the registry.
    Missing {
        /// Filter identification value.
        id: u16,
        /// The name under which the number is registered.
        registered_name: Option<&'static str>,
        /// The name that the file gives.
        name_in_file: Option<String>,
    },
    /// A filter failed.
    Filter {
        /// Filter identification value.
        id: u16,
        /// The filter's name.
        name: &'static str,
        /// Why.
        error: FilterError,
    },
    /// The bytes that no filter changes do not fit the output.
    TooLong {
        /// The bound that was given, in bytes.
        limit_bytes: usize,
    },
}

impl Pipeline {
    /// Looks each stage's filter up in the registry.
    #[must_use]
    pub fn new(stages: impl IntoIterator<Item = Stage>, registry: &Registry) -> Self {
        let found = |stage: Stage| {
            let filter = registry.get(stage.id).cloned();
            (stage, filter)
        };
        Self { stages: stages.into_iter().map(found).collect() }
    }

    /// The stages, in the order of writing.
    pub fn stages(&self) -> impl ExactSizeIterator<Item = &Stage> {
        self.stages.iter().map(|(stage, _)| stage)
    }

    /// Undoes all stages but those whose bit is set in `filter_mask`, the last one straight into `output`; returns the number of
    /// bytes written.
    ///
    /// Between stages a chunk may be longer than `output` by an eighth and 1024 bytes for each stage that was applied before:
    /// more than any filter adds to data that it cannot shorten (headers, checksums, stored blocks).
    ///
    /// # Errors
    /// [`PipelineError`]; `output` is then unspecified.
    pub fn decode_into(
        &self,
        filter_mask: u32,
        input: &[u8],
        output: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<usize, PipelineError> {
        let limit_bytes = output.len();
        match self.decode_to_first(filter_mask, input, limit_bytes, scratch)? {
            (source, None) => {
                output
                    .get_mut(..source.len())
                    .ok_or(PipelineError::TooLong { limit_bytes })?
                    .copy_from_slice(source);
                Ok(source.len())
            }
            (source, Some(Applied { stage, filter })) => {
                let context =
                    FilterContext { client_data: &stage.client_data, max_output_bytes: limit_bytes };
                filter.decode_into(context, source, output).map_err(|error| failed(filter.as_ref(), error))
            }
        }
    }

    /// As [`Pipeline::decode_into`], to a new vector of at most `max_output_bytes`.
    ///
    /// # Errors
    /// [`PipelineError`].
    pub fn decode(
        &self,
        filter_mask: u32,
        input: &[u8],
        max_output_bytes: usize,
        scratch: &mut Scratch,
    ) -> Result<Vec<u8>, PipelineError> {
        match self.decode_to_first(filter_mask, input, max_output_bytes, scratch)? {
            (source, None) if source.len() <= max_output_bytes => Ok(source.to_vec()),
            (_, None) => Err(PipelineError::TooLong { limit_bytes: max_output_bytes }),
            (source, Some(Applied { stage, filter })) => {
                let context = FilterContext { client_data: &stage.client_data, max_output_bytes };
                let mut output = Vec::new();
                filter
                    .decode(context, source, &mut output)
                    .map_err(|error| failed(filter.as_ref(), error))?;
                Ok(output)
            }
        }
    }

    /// Applies all stages; returns the stored bytes and the filter mask. An optional stage that fails, or whose filter is missing, is
    /// left out and its bit set.
    ///
    /// # Errors
    /// [`PipelineError`] of a stage that is not optional.
    pub fn encode(&self, input: &[u8], scratch: &mut Scratch) -> Result<(Vec<u8>, u32), PipelineError> {
        self.encode_in(input, scratch).map(|(stored, filter_mask)| (stored.to_vec(), filter_mask))
    }

    /// As [`Pipeline::encode`], leaving the stored bytes where they are: in the scratch, or in the input if no stage was applied.
    ///
    /// # Errors
    /// As [`Pipeline::encode`].
    pub fn encode_in<'b>(
        &self,
        input: &'b [u8],
        scratch: &'b mut Scratch,
    ) -> Result<(&'b [u8], u32), PipelineError> {
        let mut filter_mask = 0;
        let mut is_first = true;
        for (index, (stage, filter)) in self.stages.iter().enumerate() {
            let source = if is_first { input } else { &scratch.current };
            match encode_stage(stage, filter.as_ref(), source, &mut scratch.next) {
                Ok(()) => {
                    mem::swap(&mut scratch.current, &mut scratch.next);
                    is_first = false;
                }
                Err(error) if !stage.is_optional() => return Err(error),
                Err(error) => filter_mask |= mask_bit(index).ok_or(error)?,
            }
        }
        Ok((if is_first { input } else { &scratch.current }, filter_mask))
    }

    /// Fails with [`PipelineError::Missing`] if a filter that is not optional is not in the registry, so that no chunk can be encoded.
    ///
    /// # Errors
    /// As said.
    pub fn check_complete(&self) -> Result<(), PipelineError> {
        let lacking = self.stages.iter().find(|(stage, filter)| filter.is_none() && !stage.is_optional());
        lacking.map_or(Ok(()), |(stage, _)| Err(missing(stage)))
    }

    /// Undoes all stages that apply but the first, and returns what is left to do.
    fn decode_to_first<'a>(
        &'a self,
        filter_mask: u32,
        input: &'a [u8],
        limit_bytes: usize,
        scratch: &'a mut Scratch,
    ) -> Result<(&'a [u8], Option<Applied<'a>>), PipelineError> {
        let applies = |index: usize| mask_bit(index).is_none_or(|bit| filter_mask & bit == 0);
        let mut left = (0..self.stages.len()).filter(|&index| applies(index)).count();
        let applied =
            self.stages.iter().enumerate().filter(|&(index, _)| applies(index)).map(|(_, stage)| stage);
        let mut is_first = true;
        for (stage, filter) in applied.rev() {
            let filter = filter.as_ref().ok_or_else(|| missing(stage))?;
            left = left.saturating_sub(1);
            if left == 0 {
                let source = if is_first { input } else { scratch.current.as_slice() };
                return Ok((source, Some(Applied { stage, filter })));
            }
            let growth = limit_bytes / 8;
            let growth = growth.saturating_add(1024).saturating_mul(left);
            let context = FilterContext {
                client_data: &stage.client_data,
                max_output_bytes: limit_bytes.saturating_add(growth),
            };
            let source = if is_first { input } else { &scratch.current };
            filter
                .decode(context, source, &mut scratch.next)
                .map_err(|error| failed(filter.as_ref(), error))?;
            mem::swap(&mut scratch.current, &mut scratch.next);
            is_first = false;
        }
        Ok((input, None))
    }
}

/// A stage with its filter found.
struct Applied<'a> {
    stage: &'a Stage,
    filter: &'a Arc<dyn Filter>,
}

/// The bit that leaves a stage out; stages behind the 32nd have none.
fn mask_bit(index: usize) -> Option<u32> {
    u32::try_from(index).ok().and_then(|index| 1_u32.checked_shl(index))
}

fn encode_stage(
    stage: &Stage,
    filter: Option<&Arc<dyn Filter>>,
    input: &[u8],
    output: &mut Vec<u8>,
) -> Result<(), PipelineError> {
    let filter = filter.ok_or_else(|| missing(stage))?;
    let context = FilterContext { client_data: &stage.client_data, max_output_bytes: usize::MAX };
    filter.encode(context, input, output).map_err(|error| failed(filter.as_ref(), error))
}

fn missing(stage: &Stage) -> PipelineError {
    PipelineError::Missing {
        id: stage.id,
        registered_name: registered_name(stage.id),
        name_in_file: stage.name.clone(),
    }
}

fn failed(filter: &dyn Filter, error: FilterError) -> PipelineError {
    PipelineError::Filter { id: filter.id(), name: filter.name(), error }
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { id, registered_name, name_in_file } => {
                write!(f, "filter {id} is not available")?;
                if let Some(name) = registered_name {
                    write!(f, ", registered as {name}")?;
                }
                match name_in_file {
                    Some(name) => write!(f, ", called \"{}\" in the file", name.escape_default()),
                    None => Ok(()),
                }
            }
            Self::Filter { id, name, error } => write!(f, "filter {id} ({name}): {error}"),
            Self::TooLong { limit_bytes } => {
                write!(f, "unfiltered chunk is longer than the {limit_bytes} bytes expected")
            }
        }
    }
}

impl std::error::Error for PipelineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Filter { error, .. } => Some(error),
            _ => None,
        }
    }
}
