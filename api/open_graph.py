"""How a link to a shared picture looks where it is posted: Open Graph tags, and Twitter's."""

from markupsafe import Markup

from jobs.job import Job

TITLE = "A landscape, painted from a doodle"
TEXT = "See the doodle and the photo that was painted from it, and paint on from there."
ALT = "A photo-like landscape, painted from a doodle."


def open_graph(job: Job, origin: str) -> str:
    """Return the tags for the head of a shared job's page: they say what anyone with the link sees.

    Args:
        job: one that is shared and has pictures.
        origin: where the service is reached, as https://host.
    """
    picture = job.images[0]
    properties = {
        "og:type": "website",
        "og:site_name": "Doodlescape",
        "og:title": TITLE,
        "og:description": TEXT,
        "og:url": f"{origin}/s/{job.share}",
        "og:image": f"{origin}/api/v1/shares/{job.share}/images/0",
        "og:image:type": picture.media_type,
        "og:image:width": str(picture.width),
        "og:image:height": str(picture.height),
        "og:image:alt": ALT,
    }
    tag = Markup('    <meta property="{}" content="{}" />\n').format
    twitter = Markup('    <meta name="twitter:card" content="summary_large_image" />\n')
    return Markup("").join(tag(*one) for one in properties.items()) + twitter
