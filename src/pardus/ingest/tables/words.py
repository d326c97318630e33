"""Words of the field in the three languages for flanks, sexes and life stages."""

from __future__ import annotations

FLANK_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("l", "lf", "left side", "left flank", "левый", "лев", "л", "левый бок", "左", "左侧", "左侧面"),
    "right": (
        "r",
        "rf",
        "right side",
        "right flank",
        "правый",
        "прав",
        "п",
        "правый бок",
        "右",
        "右侧",
        "右侧面",
    ),
    "both": ("b", "l+r", "lr", "r+l", "both sides", "оба", "обе", "л+п", "双侧", "两侧", "左右"),
    "front": ("face", "спереди", "морда", "正面", "前"),
    "rear": ("back", "сзади", "后", "后面", "背面"),
    "unknown": ("u", "?", "unk", "неизвестно", "неизв", "н/о", "未知", "不详"),
}
SEX_WORDS: dict[str, tuple[str, ...]] = {
    "female": ("f", "♀", "самка", "ж", "雌", "雌性", "母"),
    "male": ("m", "♂", "самец", "м", "雄", "雄性", "公"),
    "": ("u", "?", "unk", "unknown", "неизвестно", "неизв", "未知", "不详"),
}
STAGE_WORDS: dict[str, tuple[str, ...]] = {
    "adult": ("ad", "a", "взрослый", "взрослая", "взр", "成体", "成年"),
    "subadult": ("sub-adult", "sub adult", "sa", "subad", "молодой", "молодая", "подросток", "亚成体"),
    "juvenile": (
        "juv",
        "j",
        "cub",
        "c",
        "kitten",
        "котёнок",
        "котенок",
        "детёныш",
        "детеныш",
        "幼体",
        "幼崽",
        "幼年",
    ),
    "": ("u", "?", "unk", "unknown", "неизвестно", "неизв", "未知", "不详"),
}
TYPE_WORDS: dict[str, tuple[str, ...]] = {
    "animal": ("животное", "动物"),
    "human": ("person", "people", "человек", "люди", "人"),
    "vehicle": ("car", "машина", "транспорт", "车", "车辆"),
    "blank": ("empty", "пусто", "пустой", "空", "空拍"),
    "unknown": ("?", "неизвестно", "未知"),
    "unclassified": ("не определено", "未分类"),
}
