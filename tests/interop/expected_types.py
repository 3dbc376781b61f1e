"""Datatypes as `h5 digest` tells them."""

from h5py import h5t

ORDERS = {h5t.ORDER_LE: "LE", h5t.ORDER_BE: "BE"}
PADS = {h5t.PAD_ZERO: "zero", h5t.PAD_ONE: "one", h5t.PAD_BACKGROUND: "background"}
NORMS = {h5t.NORM_IMPLIED: "implied", h5t.NORM_MSBSET: "msbset", h5t.NORM_NONE: "none"}
STRING_PADS = {h5t.STR_NULLTERM: "nullterm", h5t.STR_NULLPAD: "nullpad", h5t.STR_SPACEPAD: "spacepad"}
CHARACTER_SETS = {h5t.CSET_ASCII: "ascii", h5t.CSET_UTF8: "utf8"}


def describe_type(datatype):
    """The type as stored. Sizes of compounds with members of varying length are those in memory, and left out."""
    return DESCRIBERS[datatype.get_class()](datatype)


def bits(name, datatype):
    low, high = datatype.get_pad()
    return {
        "class": name,
        "size": datatype.get_size(),
        "order": ORDERS[datatype.get_order()],
        "precision": datatype.get_precision(),
        "offset": datatype.get_offset(),
        "lsb_pad": PADS[low],
        "msb_pad": PADS[high],
    }


def integer(datatype):
    return {**bits("integer", datatype), "signed": datatype.get_sign() == h5t.SGN_2}


def bitfield(datatype):
    """h5py tells nothing of a bitfield but its size and order."""
    return {"class": "bitfield", "size": datatype.get_size(), "order": ORDERS[datatype.get_order()]}


def floating(datatype):
    sign, exponent, exponent_size, mantissa, mantissa_size = datatype.get_fields()
    return {
        **bits("float", datatype),
        "sign_pos": sign,
        "exp_pos": exponent,
        "exp_size": exponent_size,
        "mant_pos": mantissa,
        "mant_size": mantissa_size,
        "exp_bias": datatype.get_ebias(),
        "norm": NORMS[datatype.get_norm()],
        "inpad": PADS[datatype.get_inpad()],
    }


def string(datatype):
    size = "variable" if datatype.is_variable_str() else datatype.get_size()
    pad, cset = STRING_PADS[datatype.get_strpad()], CHARACTER_SETS[datatype.get_cset()]
    return {"class": "string", "size": size, "pad": pad, "cset": cset}


def opaque(datatype):
    return {"class": "opaque", "size": datatype.get_size(), "tag": datatype.get_tag().decode()}


def reference(datatype):
    kind = "object" if datatype.equal(h5t.STD_REF_OBJ) else "region"
    return {"class": "reference", "kind": kind}


def enumeration(datatype):
    count = datatype.get_nmembers()
    members = [[datatype.get_member_name(i).decode(), datatype.get_member_value(i)] for i in range(count)]
    return {"class": "enum", "base": describe_type(datatype.get_super()), "members": members}


def compound(datatype):
    indexes = range(datatype.get_nmembers())
    members = [
        {"name": datatype.get_member_name(i).decode(), "type": describe_type(datatype.get_member_type(i))} for i in indexes
    ]
    record = {"class": "compound", "members": members}
    if not any(has_varying_length(member["type"]) for member in members):
        record["size"] = datatype.get_size()
        record["offsets"] = [datatype.get_member_offset(i) for i in indexes]
    return record


def has_varying_length(record):
    """Does a type hold a part whose size in memory is not that in the file?"""
    if record["class"] in ("vlen", "reference") or record.get("size") == "variable":
        return True
    parts = [member["type"] for member in record["members"]] if record["class"] == "compound" else []
    return any(map(has_varying_length, parts + [record["base"]] if "base" in record else parts))


DESCRIBERS = {
    h5t.INTEGER: integer,
    h5t.FLOAT: floating,
    h5t.BITFIELD: bitfield,
    h5t.STRING: string,
    h5t.OPAQUE: opaque,
    h5t.REFERENCE: reference,
    h5t.ENUM: enumeration,
    h5t.COMPOUND: compound,
    h5t.VLEN: lambda datatype: {"class": "vlen", "base": describe_type(datatype.get_super())},
    h5t.ARRAY: lambda datatype: {
        "class": "array",
        "dims": list(datatype.get_array_dims()),
        "base": describe_type(datatype.get_super()),
    },
}
