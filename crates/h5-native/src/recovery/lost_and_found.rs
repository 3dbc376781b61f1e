//! A damaged file as it can be saved: with a group of the objects that no link leads to.

use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{
    AttributeInfo, Backend, Capability, DatasetNode, FileInfo, GroupNode, Node, ObjectInfo, ObjectKind,
    Order, Visit,
};
use h5_types::{Datatype, Elements, Error, Link, LinkTarget, Name, ObjectToken, Result};

use crate::NativeFile;

/// A token that no address is.
const GROUP: ObjectToken = ObjectToken(1 << 64);

/// A file with one group more.
#[derive(Debug)]
pub(super) struct WithLostAndFound {
    pub(super) file: NativeFile,
    /// Name of the group in the root group, which has no such link.
    pub(super) name: Name,
    /// Links of the group, sorted by name. Without any there is no group.
    pub(super) links: Arc<Vec<Link>>,
}

impl WithLostAndFound {
    fn link(&self) -> Option<Link> {
        (!self.links.is_empty()).then(|| hard_link(self.name.clone(), GROUP))
    }
}

/// A hard link that has no place in an order of creation.
pub(super) fn hard_link(name: Name, target: ObjectToken) -> Link {
    Link { name, target: LinkTarget::Hard(target), creation_order: None }
}

impl Backend for WithLostAndFound {
    fn capability(&self) -> Capability {
        self.file.capability()
    }

    fn file_info(&self) -> Result<FileInfo> {
        self.file.file_info()
    }

    fn root(&self) -> ObjectToken {
        self.file.root()
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        if object == GROUP {
            return Ok(Arc::new(LostAndFound { token: GROUP, links: Arc::clone(&self.links) }));
        }
        let node = Backend::open(&self.file, object);
        if object != self.root() {
            return node;
        }
        match (node, self.link()) {
            (Ok(node), link) if node.kind() == ObjectKind::Group => Ok(Arc::new(Root { node, link })),
            // Nothing of the root group is there but what was found.
            (_, Some(link)) => Ok(Arc::new(LostAndFound { token: object, links: Arc::new(vec![link]) })),
            (node, None) => node,
        }
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        self.file.open_external(file)
    }

    fn close(&self) -> Result<()> {
        self.file.close()
    }
}

/// The root group with one link more.
#[derive(Debug)]
struct Root {
    node: Arc<dyn Node>,
    link: Option<Link>,
}

impl Root {
    fn group(&self) -> Result<&dyn GroupNode> {
        self.node.as_group().ok_or_else(|| Error::format("the root is no group"))
    }
}

impl Node for Root {
    fn token(&self) -> ObjectToken {
        self.node.token()
    }

    fn kind(&self) -> ObjectKind {
        ObjectKind::Group
    }

    fn info(&self) -> Result<ObjectInfo> {
        self.node.info()
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        self.node.attributes(order, visit)
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        self.node.attribute(name)
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        self.node.read_attribute(name)
    }

    fn as_group(&self) -> Option<&dyn GroupNode> {
        Some(self)
    }

    fn as_dataset(&self) -> Option<&dyn DatasetNode> {
        None
    }

    fn as_datatype(&self) -> Option<&Datatype> {
        None
    }
}

impl GroupNode for Root {
    fn link_count(&self) -> Result<u64> {
        Ok(self.group()?.link_count()?.saturating_add(u64::from(self.link.is_some())))
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        match &self.link {
            Some(link) if link.name.as_bytes() == name => Ok(Some(link.clone())),
            _ => self.group()?.link(name),
        }
    }

    /// The link more comes first of all, so that it is there where the others cannot be listed.
    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        let own = self.link.as_ref();
        if let (Some(link), None) = (own, after)
            && visit(Ok(link.clone())).is_break()
        {
            return Ok(());
        }
        let after = after.filter(|&name| own.is_none_or(|link| link.name.as_bytes() != name));
        self.group()?.links(order, after, visit)
    }
}

/// A group of the links that were found.
#[derive(Debug)]
struct LostAndFound {
    token: ObjectToken,
    links: Arc<Vec<Link>>,
}

impl Node for LostAndFound {
    fn token(&self) -> ObjectToken {
        self.token
    }

    fn kind(&self) -> ObjectKind {
        ObjectKind::Group
    }

    fn info(&self) -> Result<ObjectInfo> {
        let mut info = ObjectInfo::default();
        info.reference_count = 1;
        Ok(info)
    }

    fn attributes(&self, _: Order, _: Visit<'_, AttributeInfo>) -> Result<()> {
        Ok(())
    }

    fn attribute(&self, _: &[u8]) -> Result<Option<AttributeInfo>> {
        Ok(None)
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        Err(Error::not_found(format!("no attribute `{}`", Name::new(name))))
    }

    fn as_group(&self) -> Option<&dyn GroupNode> {
        Some(self)
    }

    fn as_dataset(&self) -> Option<&dyn DatasetNode> {
        None
    }

    fn as_datatype(&self) -> Option<&Datatype> {
        None
    }
}

impl GroupNode for LostAndFound {
    fn link_count(&self) -> Result<u64> {
        Ok(u64::try_from(self.links.len()).unwrap_or(u64::MAX))
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        Ok(self.links.iter().find(|link| link.name.as_bytes() == name).cloned())
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        if order == Order::Creation {
            return Err(Error::unsupported("the group does not track the creation order of its links"));
        }
        for link in self.links.iter().filter(|link| after.is_none_or(|after| link.name.as_bytes() > after)) {
            if let ControlFlow::Break(()) = visit(Ok(link.clone())) {
                break;
            }
        }
        Ok(())
    }
}
