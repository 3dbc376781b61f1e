// What three.js offers to the renderer of h5web's canvas. @react-three/fiber registers the whole namespace as elements, which
// would keep every class of three.js in the bundle; these are the ones that it, and h5web's elements, name.
export {
  ACESFilmicToneMapping, AmbientLight, BasicShadowMap, BufferAttribute, BufferGeometry, Camera, Clock, ColorManagement, Group, Layers, LineBasicMaterial,
  LineSegments, Mesh, MeshBasicMaterial, MeshLambertMaterial, NoToneMapping, Object3D, OrthographicCamera, PCFShadowMap, PCFSoftShadowMap,
  PerspectiveCamera, PlaneGeometry, Points, RGBAFormat, Raycaster, Scene, ShaderMaterial, UnsignedByteType, VSMShadowMap, Vector2, Vector3, WebGLRenderer,
} from 'three';
