//! Images and palettes (HDF5 Image and Palette Specification, version 1.2, as the functions H5IM of the C library).

use h5_types::{Dataspace, Elements, Error, H5Type, Name, NewAttribute, Reference, Result};

use super::references::{check_same_file, follow, reference_to};
use super::text::{has_class, not_a, optional, remove, set_text, text};
use crate::Dataset;

const IMAGE: &str = "IMAGE";
const PALETTE: &str = "PALETTE";
const VERSION: &str = "1.2";

/// What kind of image a dataset is: attribute `IMAGE_SUBCLASS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ImageKind {
    /// Shades of grey.
    Grayscale {
        /// True if 0 is white, false if it is black.
        white_is_zero: bool,
    },
    /// Two values.
    Bitmap {
        /// True if 0 is white, false if it is black.
        white_is_zero: bool,
    },
    /// Three colours a pixel.
    TrueColor(Interlace),
    /// Numbers of a palette's colours.
    Indexed,
}

/// Where the colours of a pixel lie: attribute `INTERLACE_MODE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Interlace {
    /// Beside one another: height, width, colours.
    #[default]
    Pixel,
    /// Each in a plane of its own: colours, height, width.
    Plane,
}

/// Corner of the display where the first pixel is: attribute `DISPLAY_ORIGIN`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// `UL`.
    UpperLeft,
    /// `LL`.
    LowerLeft,
    /// `UR`.
    UpperRight,
    /// `LR`.
    LowerRight,
}

/// What an image says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageInfo {
    /// Its kind; `None` if it names none, or one that the specification does not have.
    pub kind: Option<ImageKind>,
    /// Pixels from top to bottom.
    pub height: u64,
    /// Pixels from left to right.
    pub width: u64,
    /// Values of one pixel.
    pub components: u64,
    /// Where the first pixel is.
    pub origin: Option<Origin>,
}

/// Makes a dataset an image: of height and width, and the colours of a true-colour one; a single colour may have a dimension too.
///
/// # Errors
/// `Usage` if the dataset has not such dimensions; those of [`Dataset::set_attr`].
pub fn make_image(dataset: &Dataset, kind: ImageKind) -> Result<()> {
    let shape = dataset.shape()?;
    let interlace = if let ImageKind::TrueColor(interlace) = kind { interlace } else { Interlace::Pixel };
    let components = extent(&shape, interlace).map(|(.., components)| components);
    let fits = match kind {
        ImageKind::TrueColor(_) => shape.len() == 3,
        _ => components == Some(1),
    };
    if !fits {
        let message = format!("a dataset of dimensions {shape:?} is no such image");
        return Err(dataset.object().locate(Error::usage(message)));
    }
    let (subclass, white_is_zero) = match kind {
        ImageKind::Grayscale { white_is_zero } => ("IMAGE_GRAYSCALE", Some(white_is_zero)),
        ImageKind::Bitmap { white_is_zero } => ("IMAGE_BITMAP", Some(white_is_zero)),
        ImageKind::TrueColor(_) => ("IMAGE_TRUECOLOR", None),
        ImageKind::Indexed => ("IMAGE_INDEXED", None),
    };
    set_text(dataset, "IMAGE_VERSION", &VERSION.into())?;
    set_text(dataset, "IMAGE_SUBCLASS", &subclass.into())?;
    match white_is_zero {
        Some(white_is_zero) => dataset.set_attr("IMAGE_WHITE_IS_ZERO", u8::from(white_is_zero))?,
        None => remove(dataset, "IMAGE_WHITE_IS_ZERO")?,
    }
    match kind {
        ImageKind::TrueColor(Interlace::Pixel) => {
            set_text(dataset, "INTERLACE_MODE", &"INTERLACE_PIXEL".into())?;
        }
        ImageKind::TrueColor(Interlace::Plane) => {
            set_text(dataset, "INTERLACE_MODE", &"INTERLACE_PLANE".into())?;
        }
        _ => remove(dataset, "INTERLACE_MODE")?,
    }
    // Last, so that a dataset that calls itself an image has all that makes it one.
    set_text(dataset, "CLASS", &IMAGE.into())
}

/// True if the dataset is an image.
///
/// # Errors
/// `Format`, `Io`.
pub fn is_image(dataset: &Dataset) -> Result<bool> {
    has_class(dataset, IMAGE)
}

/// What an image says of itself.
///
/// # Errors
/// `Usage` if the dataset is no image; `Format` if it has not the dimensions of one; `Io`.
pub fn image_info(dataset: &Dataset) -> Result<ImageInfo> {
    if !is_image(dataset)? {
        return Err(not_a(dataset, "image"));
    }
    let word = |name: &str| -> Result<Option<String>> {
        Ok(text(dataset, name)?.map(|word| word.to_text().into_owned()))
    };
    let interlace = match word("INTERLACE_MODE")?.as_deref() {
        Some("INTERLACE_PLANE") => Interlace::Plane,
        _ => Interlace::Pixel,
    };
    let white_is_zero = || -> Result<bool> {
        let attribute = optional(dataset.attr("IMAGE_WHITE_IS_ZERO"))?;
        attribute.map_or(Ok(false), |attribute| Ok(attribute.read_scalar::<i64>()? != 0))
    };
    let kind = match word("IMAGE_SUBCLASS")?.as_deref() {
        Some("IMAGE_GRAYSCALE") => Some(ImageKind::Grayscale { white_is_zero: white_is_zero()? }),
        Some("IMAGE_BITMAP") => Some(ImageKind::Bitmap { white_is_zero: white_is_zero()? }),
        Some("IMAGE_TRUECOLOR") => Some(ImageKind::TrueColor(interlace)),
        Some("IMAGE_INDEXED") => Some(ImageKind::Indexed),
        _ => None,
    };
    let origin = match word("DISPLAY_ORIGIN")?.as_deref() {
        Some("UL") => Some(Origin::UpperLeft),
        Some("LL") => Some(Origin::LowerLeft),
        Some("UR") => Some(Origin::UpperRight),
        Some("LR") => Some(Origin::LowerRight),
        _ => None,
    };
    let shape = dataset.shape()?;
    let (height, width, components) = extent(&shape, interlace).ok_or_else(|| {
        dataset.object().locate(Error::format(format!("an image of dimensions {shape:?}, expected 2 or 3")))
    })?;
    Ok(ImageInfo { kind, height, width, components, origin })
}

/// Says where the first pixel is to be shown.
///
/// # Errors
/// Those of [`Dataset::set_attr`].
pub fn set_origin(image: &Dataset, origin: Origin) -> Result<()> {
    let word = match origin {
        Origin::UpperLeft => "UL",
        Origin::LowerLeft => "LL",
        Origin::UpperRight => "UR",
        Origin::LowerRight => "LR",
    };
    set_text(image, "DISPLAY_ORIGIN", &word.into())
}

/// Says which values are shown darkest and brightest: attribute `IMAGE_MINMAXRANGE`, of the datatype of the image.
///
/// # Errors
/// `Conversion` if the numbers do not convert to that datatype; those of [`Dataset::set_attr`].
pub fn set_range<T: H5Type>(image: &Dataset, minimum: T, maximum: T) -> Result<()> {
    let datatype = image.info()?.datatype.clone();
    let attribute = NewAttribute::new("IMAGE_MINMAXRANGE", datatype, Dataspace::fixed([2]));
    image.write_attr(&attribute, &Elements::from_values(&[minimum, maximum])?)
}

/// Makes a dataset a palette whose rows are colours of a model: `RGB`, `YUV`, `CMY`, `CMYK`, `YCbCr` or `HSV`.
///
/// # Errors
/// `Usage` if the dataset has not two dimensions; those of [`Dataset::set_attr`].
pub fn make_palette(dataset: &Dataset, color_model: impl Into<Name>) -> Result<()> {
    if dataset.info()?.dataspace.rank() != 2 {
        return Err(dataset
            .object()
            .locate(Error::usage("a palette has two dimensions: colours, components")));
    }
    set_text(dataset, "PAL_VERSION", &VERSION.into())?;
    set_text(dataset, "PAL_TYPE", &"STANDARD8".into())?;
    set_text(dataset, "PAL_COLORMODEL", &color_model.into())?;
    set_text(dataset, "CLASS", &PALETTE.into())
}

/// True if the dataset is a palette.
///
/// # Errors
/// `Format`, `Io`.
pub fn is_palette(dataset: &Dataset) -> Result<bool> {
    has_class(dataset, PALETTE)
}

/// The palettes of an image, the one to be used by default first; one that cannot be opened is an `Err` among the others.
///
/// # Errors
/// `Format`, `Io`.
pub fn palettes(image: &Dataset) -> Result<Vec<Result<Dataset>>> {
    Ok(references(image)?.iter().map(|reference| follow(image, reference)).collect())
}

/// Adds a palette to an image, behind those that it has; one that it has already stays where it is.
///
/// # Errors
/// `Usage` if `palette` is none, or in another file; those of [`Dataset::set_attr`].
pub fn add_palette(image: &Dataset, palette: &Dataset) -> Result<()> {
    check_same_file(image, palette)?;
    if !is_palette(palette)? {
        return Err(not_a(palette, "palette"));
    }
    let mut references = references(image)?;
    if references.contains(&reference_to(palette)) {
        return Ok(());
    }
    references.push(reference_to(palette));
    image.set_attr(PALETTE, &references)
}

/// Takes a palette from an image.
///
/// # Errors
/// `NotFound` if the image has not this palette; those of [`Dataset::set_attr`].
pub fn remove_palette(image: &Dataset, palette: &Dataset) -> Result<()> {
    let mut references = references(image)?;
    let wanted = reference_to(palette);
    let Some(place) = references.iter().position(|reference| *reference == wanted) else {
        let message = format!("{} is no palette of this image", palette.object().path());
        return Err(image.object().locate(Error::not_found(message)));
    };
    references.remove(place);
    if references.is_empty() { remove(image, PALETTE) } else { image.set_attr(PALETTE, &references) }
}

fn references(image: &Dataset) -> Result<Vec<Reference>> {
    optional(image.attr(PALETTE))?.map_or(Ok(Vec::new()), |attribute| attribute.read())
}

/// Height, width and components; `None` if the dimensions are not those of an image.
fn extent(shape: &[u64], interlace: Interlace) -> Option<(u64, u64, u64)> {
    match (shape, interlace) {
        (&[height, width], _) => Some((height, width, 1)),
        (&[height, width, components], Interlace::Pixel) => Some((height, width, components)),
        (&[components, height, width], Interlace::Plane) => Some((height, width, components)),
        _ => None,
    }
}
