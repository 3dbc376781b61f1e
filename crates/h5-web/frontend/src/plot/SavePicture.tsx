// The plot as a picture file.

import { saveBlob } from '../shell/save';
import type { LineModel, MapModel } from './model';
import type { PlotOptions } from './options';

interface Props {
  model: LineModel | MapModel;
  options: PlotOptions;
  name: string;
}

export function SavePicture({ model, options, name }: Props) {
  const svg = async () => (await import('./svg')).svgOf(model, options);
  return (
    <span className="save-picture" role="group" aria-label="Save the plot">
      <button type="button" onClick={() => void svg().then((text) => saveBlob(new Blob([text], { type: 'image/svg+xml' }), `${name}.svg`))}>
        SVG
      </button>
      <button type="button" onClick={() => void svg().then(rasterise).then((blob) => saveBlob(blob, `${name}.png`))}>
        PNG
      </button>
    </span>
  );
}

/** Draws an SVG at twice its size, for print and for sharp screens. */
async function rasterise(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gives no canvas');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be made'))), 'image/png');
  });
}
